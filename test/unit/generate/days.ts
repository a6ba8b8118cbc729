import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DayOptions, type GeneratedDay, generateFiles } from '../../../tasks/generate';
import { type AdmittedBatch, type ShopDataset, shopDatasets } from '../../support/model';

/** A day in memory: what was said of it, and its lines by dataset. */
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

/** The day as the batches that the lake would hold of it. */
export const asBatches = (day: Day): AdmittedBatch[] =>
	shopDatasets.map((dataset) => ({
		dataset,
		batch: day.date,
		asOf: `${day.date}T00:00:00.000Z`,
		files: [{ source: 0, path: `${dataset}-0000.ndjson`, records: day.lines[dataset] }],
	}));

/** The records among the lines of a dataset, of a day without dirt. */
export const readRecords = (day: Day, dataset: ShopDataset): Record<string, string | number>[] =>
	day.lines[dataset].map((line) => JSON.parse(line));
