import { join, resolve } from 'node:path';
import type { TaskContext } from '../context';
import { landingFolder, type ObjectStore } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { isS3Location, parseS3Location } from '../platform/s3-location';
import { utc } from '../platform/time-zone';
import type { GeneratedFile } from './files';
import { type GeneratedDay, generateFiles, isGenerated } from './generate-files';
import { type CompleteOptions, completeOptions, type DayOptions } from './options';

const parallelUploads = 4;

/** Where a day is written: to a local folder, or to a bucket. */
type Destination =
	| { readonly kind: 'folder'; readonly folder: string }
	| {
			readonly kind: 'store';
			readonly store: ObjectStore;
			readonly location: string;
			readonly datasetPrefix: DatasetPrefix;
	  };
/** The prefix of a dataset's objects, with its slash. */
type DatasetPrefix = (dataset: string) => string;

/**
 * Generates a day into the lake's landing zone, or to `out`: a folder or `s3://bucket/prefix`, in a folder named after its
 * date. Its times are of the shop's time zone. Files of an earlier run for the same date are replaced.
 */
export async function generate(
	context: TaskContext,
	options: DayOptions & { readonly out?: string | undefined; readonly dryRun?: boolean | undefined },
): Promise<Outcome> {
	const day = completeOptions(options);
	const destination = await openDestination(context, day, options.out);
	const location = destination.kind === 'folder' ? destination.folder : destination.location;
	if (options.dryRun) {
		return { status: 'planned', batch: day.date, location, orders: day.records, datasets: day.datasets };
	}
	const made = await generateFiles({
		...day,
		folder: destination.kind === 'folder' ? destination.folder : await context.scratch(),
		localTimes: (await context.timeZone()) !== utc,
		signal: context.signal,
		onProgress: (orders, of) => context.progress.update(`orders of ${day.date}`, orders, of),
	});
	if (destination.kind === 'store') await publish(destination, made.files, day, context.signal);
	context.progress.clear();
	return generateOutcome(made, day, location);
}

async function openDestination(
	context: TaskContext,
	{ date }: CompleteOptions,
	out: string | undefined,
): Promise<Destination> {
	if (out === undefined) {
		const { store } = await context.lake();
		const datasetPrefix = (dataset: string) => landingFolder(dataset, date);
		return { kind: 'store', store, location: `s3://${context.config.bucket}/landing`, datasetPrefix };
	}
	if (!isS3Location(out)) return { kind: 'folder', folder: join(resolve(out), date) };
	const { bucket, key } = parseS3Location(out, '--out');
	const prefix = key.replace(/\/+$/, '');
	const folder = `${prefix === '' ? '' : `${prefix}/`}${date}/`;
	return {
		kind: 'store',
		store: await context.bucket(bucket),
		location: `s3://${bucket}/${folder}`,
		datasetPrefix: () => folder,
	};
}

/** Uploads the files, then deletes objects of an earlier run that were not overwritten. */
async function publish(
	{ store, datasetPrefix }: Extract<Destination, { kind: 'store' }>,
	files: readonly GeneratedFile[],
	{ datasets }: CompleteOptions,
	signal: AbortSignal,
): Promise<void> {
	const keys = new Set(files.map(({ dataset, name }) => `${datasetPrefix(dataset)}${name}`));
	const upload = ({ dataset, name, path }: GeneratedFile) => store.upload(path, `${datasetPrefix(dataset)}${name}`);
	await mapConcurrently(files, parallelUploads, upload, signal);
	const stale = new Set<string>();
	const findStale = async (prefix: string) => {
		for await (const { key } of store.list(prefix)) {
			if (isGenerated(key.slice(prefix.length), datasets) && !keys.has(key)) stale.add(key);
		}
	};
	await Promise.all([...new Set(datasets.map(datasetPrefix))].map(findStale));
	if (stale.size > 0) await store.delete([...stale]);
}

function generateOutcome(made: GeneratedDay, day: CompleteOptions, location: string): Outcome {
	const datasets = day.datasets.map((dataset) => [
		dataset,
		{
			records: made.records[dataset],
			bytes: made.bytes[dataset],
			files: made.files.filter((file) => file.dataset === dataset).length,
			dirt: made.injected[dataset],
		},
	]);
	return {
		status: 'generated',
		batch: day.date,
		location,
		seed: day.seed,
		orders: day.records,
		records: day.datasets.reduce((sum, dataset) => sum + made.records[dataset], 0),
		datasets: Object.fromEntries(datasets),
	};
}
