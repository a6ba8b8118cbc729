import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExpectedLabels, expectedLabels, generateFiles } from '../../tasks/generate';
import { Admissions, type ShopDataset, shopDatasets } from './model';

/** What is to be made; the same as the flags of `generate`. */
export interface Days {
	readonly dates: readonly string[];
	readonly records: number;
	readonly seed: string;
	readonly dirt: number;
}

export interface GeneratedDays {
	/** The days as a lake has admitted them that took them one after the other. */
	readonly admissions: Admissions;
	/** By date: what the generator planted says of each dataset's records, the day for itself. */
	readonly labels: Readonly<Record<string, Record<ShopDataset, ExpectedLabels>>>;
}

/** Generates days as `generate` does, for the model to judge what the pipeline makes of them. */
export async function generatedDays({ dates, ...options }: Days): Promise<GeneratedDays> {
	const admissions = new Admissions();
	const labels: Record<string, Record<ShopDataset, ExpectedLabels>> = {};
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-days-'));
	try {
		for (const date of dates) {
			const { files, records, injected } = await generateFiles({ ...options, date, folder: join(folder, date) });
			labels[date] = expectedLabels(records, injected);
			for (const dataset of shopDatasets) {
				const own = files.filter((file) => file.dataset === dataset);
				const sources = own.map(async ({ name, path }) => ({
					source: 0,
					path: name,
					records: (await readFile(path, 'utf8')).trimEnd().split('\n'),
				}));
				admissions.ingest(dataset, date, await Promise.all(sources), { asOf: undefined, startedAt: '' });
			}
			admissions.clean(date);
		}
	} finally {
		await rm(folder, { recursive: true });
	}
	return { admissions, labels };
}
