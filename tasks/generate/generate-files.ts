import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOutFolder, refusedAt } from '../platform/out-folder';
import { withLocalTimes } from './calendar';
import { type LineSink, writeDay } from './day';
import { FileSink, type GeneratedFile } from './files';
import { type GeneratedDataset, generatedDatasets } from './generated-datasets';
import type { InjectedDirt } from './injected-dirt';
import { completeOptions, type DayOptions } from './options';

/** A generated day. */
export interface GeneratedDay {
	readonly files: readonly GeneratedFile[];
	/** Lines of each dataset, dirt included. */
	readonly records: Readonly<Record<GeneratedDataset, number>>;
	readonly bytes: Readonly<Record<GeneratedDataset, number>>;
	readonly injected: InjectedDirt;
}

/**
 * Writes a day's files to a folder, all or none: `orders-0000.ndjson`, `order_items-0000.ndjson`, …
 * Files of an earlier run for these datasets are replaced or deleted; other files stay.
 */
export async function generateFiles(
	options: DayOptions & {
		/** Each day needs its own folder, so that days don't mix. */
		readonly folder: string;
		/** Whether times are written without an offset, for a shop whose time zone isn't UTC. */
		readonly localTimes?: boolean;
		readonly onProgress?: (orders: number, of: number) => void;
		readonly signal?: AbortSignal;
	},
): Promise<GeneratedDay> {
	const { folder, onProgress, signal, localTimes = false } = options;
	const day = completeOptions(options);
	await makeOutFolder(folder);
	const unfinished = await mkdtemp(join(folder, '.generating-')).catch((error) => {
		throw refusedAt(folder, error);
	});
	try {
		const sink = new FileSink(unfinished, day.format, day.datasets);
		const injected = await writeDay(day, localTimes ? localSink(sink) : sink, (orders) => {
			signal?.throwIfAborted();
			onProgress?.(orders, day.records);
		});
		const written = await sink.close();
		const files = written.map((file) => ({ ...file, path: join(folder, file.name) }));
		for (const { name, path } of files) await rename(join(unfinished, name), path);
		const names = new Set(files.map(({ name }) => name));
		for (const name of await readdir(folder)) {
			if (isGenerated(name, day.datasets) && !names.has(name)) await rm(join(folder, name));
		}
		return { files, records: totals(files, 'records'), bytes: totals(files, 'bytes'), injected: injected };
	} finally {
		await rm(unfinished, { recursive: true, force: true });
	}
}

const localSink = (sink: LineSink): LineSink => ({
	write: (dataset, line) => sink.write(dataset, withLocalTimes(line)),
	get full() {
		return sink.full;
	},
	drain: () => sink.drain(),
});

/** Whether `generateFiles` gives a file of one of the datasets this name. */
export function isGenerated(name: string, datasets: readonly GeneratedDataset[]): boolean {
	const [, dataset] = /^([a-z_]+)-\d{4,}\.(ndjson|csv)$/.exec(name) ?? [];
	return datasets.some((name) => name === dataset);
}

function totals(files: readonly GeneratedFile[], figure: 'records' | 'bytes'): Record<GeneratedDataset, number> {
	const total = (dataset: GeneratedDataset) =>
		files.filter((file) => file.dataset === dataset).reduce((sum, file) => sum + file[figure], 0);
	return Object.fromEntries(generatedDatasets.map((dataset) => [dataset, total(dataset)])) as Record<
		GeneratedDataset,
		number
	>;
}
