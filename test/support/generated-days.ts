import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	type DayOptions,
	type ExpectedLabels,
	expectedLabels,
	type GeneratedDay,
	generateFiles,
} from '../../tasks/generate';
import { Admissions, type AdmittedBatch, type ShopDataset, shopDatasets } from './model';

/** A generated day in memory: what the generator says of it, and its lines by dataset. */
export interface Day extends GeneratedDay {
	readonly date: string;
	readonly lines: Readonly<Record<ShopDataset, readonly string[]>>;
}

const folders: string[] = [];

/** A new folder, removed by `removeFolders`. */
export async function newFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'generate-test-'));
	folders.push(folder);
	return folder;
}

export async function removeFolders(): Promise<void> {
	for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

/** Generates a day into a folder of its own. */
export async function makeDay(options: DayOptions): Promise<Day> {
	const made = await generateFiles({ ...options, folder: await newFolder() });
	const readLines = async (dataset: ShopDataset) => {
		const lines: string[] = [];
		for (const file of made.files.filter((candidate) => candidate.dataset === dataset)) {
			lines.push(...(await readFile(file.path, 'utf8')).split('\n').slice(0, -1));
		}
		return [dataset, lines] as const;
	};
	const lines = Object.fromEntries(await Promise.all(shopDatasets.map(readLines))) as Record<ShopDataset, string[]>;
	return { ...made, date: options.date, lines };
}

/** The day as the batches that a lake would admit. */
export const asBatches = (day: Day): AdmittedBatch[] =>
	shopDatasets.map((dataset) => ({
		dataset,
		batch: day.date,
		asOf: `${day.date}T00:00:00.000Z`,
		files: [{ source: 0, path: `${dataset}-0000.ndjson`, records: day.lines[dataset] }],
	}));

/** The records of a dataset of a day without dirt. */
export const readRecords = (day: Day, dataset: ShopDataset): Record<string, string | number>[] =>
	day.lines[dataset].map((line) => JSON.parse(line));

export interface AdmittedDays {
	/** What a lake has admitted that took the days one after the other. */
	readonly admissions: Admissions;
	/** By date: the outcomes that the generator expects of each dataset's records, the day by itself. */
	readonly labels: Readonly<Record<string, Record<ShopDataset, ExpectedLabels>>>;
}

/** Generates days as `generate` does and admits them to the model, which says what the pipeline has to make of them. */
export async function admitDays(dates: readonly string[], options: Omit<DayOptions, 'date'>): Promise<AdmittedDays> {
	const admissions = new Admissions();
	const labels: Record<string, Record<ShopDataset, ExpectedLabels>> = {};
	for (const date of dates) {
		const day = await makeDay({ ...options, date });
		labels[date] = expectedLabels(day.records, day.injected);
		for (const { dataset, files } of asBatches(day)) {
			admissions.ingest(dataset, date, files, { asOf: undefined, startedAt: '' });
		}
		admissions.clean(date);
	}
	await removeFolders();
	return { admissions, labels };
}
