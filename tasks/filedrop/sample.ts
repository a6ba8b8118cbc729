import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TaskContext } from '../context';
import { generateFiles } from '../generate';
import { makeOutFolder } from '../platform/out-folder';
import type { Outcome } from '../platform/result';
import { utc } from '../platform/time-zone';
import { dropDatasets } from './file-names';
import type { Drop } from './open-drop';

export interface SampleOptions {
	/** YYYY-MM-DD. */
	readonly date: string;
	/** Orders. */
	readonly records: number;
	readonly seed: string;
	/** The number of files that the orders are spread over, and the items as well. */
	readonly files: number;
	/** Whether to leave a quote open in the last orders file, so that it can't be read. */
	readonly malformed: boolean;
	/** A local folder; without it the files are dropped. */
	readonly out?: string | undefined;
	readonly dryRun?: boolean;
}

/** Makes the files of a drop from a generated day: `orders_1.csv` …, `order_items_1.csv` …, `products.csv`. */
export async function sample(
	context: TaskContext,
	{ store, settings }: Drop,
	options: SampleOptions,
): Promise<Outcome> {
	const { date, records, seed, files, malformed, out } = options;
	const numbered = (dataset: string) => Array.from({ length: files }, (_, index) => `${dataset}_${index + 1}.csv`);
	const names = { orders: numbered('orders'), order_items: numbered('order_items'), products: ['products.csv'] };
	const location = out === undefined ? `s3://${settings.bucket}/${settings.prefix}` : resolve(out);
	const outcome = { location, files: Object.values(names).flat() };
	if (options.dryRun) return { status: 'planned', ...outcome };
	const scratch = await context.scratch();
	const day = { date, records, seed, format: 'csv', datasets: dropDatasets } as const;
	const localTimes = (await context.timeZone()) !== utc;
	const made = await generateFiles({ ...day, folder: join(scratch, 'day'), localTimes, signal: context.signal });
	const folder = out === undefined ? scratch : resolve(out);
	await makeOutFolder(folder);
	for (const dataset of dropDatasets) {
		const parts = made.files.filter((file) => file.dataset === dataset).map(({ path }) => path);
		const broken = malformed && dataset === 'orders' ? '"O-1,an open quote\n' : '';
		await distribute(
			parts,
			names[dataset].map((name) => join(folder, name)),
			broken,
		);
	}
	if (out === undefined) {
		// Orders last: the last file makes the minimum.
		for (const name of outcome.files.toReversed()) await store.upload(join(folder, name), `${settings.prefix}${name}`);
	}
	return { status: 'generated', ...outcome };
}

/** Distributes the lines of CSV files over others in turn, each with the header; appends `last` to the last one. */
async function distribute(from: readonly string[], to: readonly string[], last: string): Promise<void> {
	const files = await Promise.all(from.map(async (path) => (await readFile(path, 'utf8')).trimEnd().split('\n')));
	const header = files[0]?.[0] ?? '';
	const lines = files.flatMap(([, ...rest]) => rest);
	await Promise.all(
		to.map((path, index) => {
			const content = [header, ...lines.filter((_, place) => place % to.length === index)];
			return writeFile(path, `${content.join('\n')}\n${index === to.length - 1 ? last : ''}`);
		}),
	);
}
