import { stat } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { DatasetName } from '../../contracts';
import { exportFolder, landingFolder, type ObjectStore } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { Delimiter } from '../../platform/csv';
import { NoInputError, UsageError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import { isS3Location, parseS3Location } from '../../platform/s3-location';
import { isHiddenName, openFile, unreadable, walkFolder } from './walk-folder';

export type FileFormat = 'ndjson' | 'csv' | 'parquet' | 'xlsx';

/** A file to read. The order of files is (place of their source, path), compared bytewise. */
export interface SourceFile {
	/** What all of its records are; undefined if it is a file of an SQL source. */
	readonly dataset?: DatasetName;
	/** The path relative to the source; of a source that is a file, its name. */
	readonly name: string;
	/** Where it is, for messages. */
	readonly location: string;
	readonly format: FileFormat;
	readonly gzip: boolean;
	/** Of a text, as `encodingByLabel` returns it; without it, its first bytes tell. */
	readonly encoding?: string;
	/** Of CSV; without it, the header tells. */
	readonly delimiter?: Delimiter;
	/** Of a workbook; without it, the first sheet that has the columns. */
	readonly sheet?: string;
	/** CSV in which quotes are characters like others. */
	readonly isUnquoted?: boolean;
	/** JSON that need not be a record a line: a list, or objects over several lines. */
	readonly mayBeDocument?: boolean;
	/** NDJSON that was made of Parquet: its numbers with a point were doubles. */
	readonly isFromParquet?: boolean;
	/** Takes the columns of a table's header before its rows come; may throw. */
	readonly onColumns?: (columns: readonly string[]) => void;
	readonly open: () => Promise<Readable>;
}

/** A file whose records are all of one dataset. */
export type DatasetFile = SourceFile & { readonly dataset: DatasetName };

/** The store of a bucket, by its name. */
export type Buckets = (bucket: string) => Promise<ObjectStore>;

const parallelListings = 8;
const extension = /\.(ndjson|jsonl|json|csv|tsv|parquet|xlsx)(\.gz)?$/i;
const formatByEnding: Readonly<Record<string, FileFormat>> = {
	csv: 'csv',
	tsv: 'csv',
	parquet: 'parquet',
	xlsx: 'xlsx',
};
const kinds = '.ndjson, .jsonl, .json, .csv, .tsv, .parquet or .xlsx';

/** What sources hold. */
export interface FoundFiles {
	readonly files: readonly DatasetFile[];
	/** Locations of files that are not read: their ending is unknown, or they are hidden. */
	readonly passedOver: readonly string[];
}

/**
 * Finds the files of the sources as given on the command line: files, folders with all below them, `s3://bucket/key`, or
 * all under the folder `s3://bucket/prefix`. Each is of `dataset`, or of that of `names` that its name begins with. Throws
 * NoInputError where a source has none.
 */
export async function findFiles(
	sources: readonly string[],
	dataset: DatasetName | undefined,
	buckets: Buckets,
	names: readonly DatasetName[],
): Promise<FoundFiles> {
	const files: DatasetFile[] = [];
	const passedOver: string[] = [];
	for (const source of sources) {
		const found = await findIn(source, buckets);
		const readable = found.files.filter(isReadable).sort(byName);
		const others = passedOverIn(found);
		if (readable.length === 0) throw noneReadable(source, others);
		files.push(...readable.map((file) => ({ ...file, ...describeFile(file, dataset, names) })));
		passedOver.push(...others);
	}
	return { files, passedOver };
}

const findIn = (source: string, buckets: Buckets): Promise<Found> =>
	isS3Location(source) ? findInS3(source, buckets) : findOnDisk(source);

const byName = (a: FoundFile, b: FoundFile): number => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

/** The files of an SQL source, with the relation that each belongs to. */
export interface MatchedFiles {
	readonly files: readonly (SourceFile & { readonly relation: string })[];
	readonly passedOver: readonly string[];
}

/**
 * Finds the files of an SQL source in the sources of the command line, or in the batch's landing zone: in its folder without a
 * dataset, or in that of any dataset. `match` finds the relation of a file by its name, and what the settings say about it.
 */
export async function findMatchedFiles(
	{ sources, batch }: { readonly sources: readonly string[] | undefined; readonly batch: string },
	lake: { readonly store: ObjectStore; readonly bucket: string; readonly names: readonly DatasetName[] },
	buckets: Buckets,
	match: (name: string) => MatchedFile | undefined,
): Promise<MatchedFiles> {
	const places = sources?.length
		? sources.map((source) => () => findIn(source, buckets))
		: [exportFolder(batch), ...lake.names.map((dataset) => landingFolder(dataset, batch))].map(
				(folder) => () => objectsUnder(lake.store, lake.bucket, folder),
			);
	const files: MatchedFiles['files'][number][] = [];
	const passedOver: string[] = [];
	for (const find of places) {
		const found = await find();
		for (const file of [...found.files].sort(byName)) {
			const matched = match(basename(file.name));
			const described = describeFormat(file.name);
			const format = matched?.format ?? (isReadable(file) ? described.format : undefined);
			if (matched && format) {
				files.push({ ...file, ...(matched.format ? { gzip: described.gzip } : described), ...matched, format });
			} else passedOver.push(file.location);
		}
		passedOver.push(...found.hidden.filter((location) => location.endsWith('/') || extension.test(location)));
	}
	return { files, passedOver };
}

/** What the settings of an SQL source say about a file. */
export type MatchedFile = Pick<SourceFile, 'encoding' | 'delimiter' | 'isUnquoted' | 'mayBeDocument'> & {
	readonly relation: string;
	readonly format?: FileFormat;
};

/**
 * Finds files as `findFiles` does; `dataset` is what a file's name says, if it says it. `match` says how a file is read whose
 * ending doesn't, such as a `.txt`. Throws NoInputError where a source has no file that can be read.
 */
export async function findAnyFiles(
	sources: readonly string[],
	buckets: Buckets,
	names: readonly DatasetName[],
	match: (name: string) => MatchedFile | undefined,
): Promise<SourceFile[]> {
	const found: SourceFile[] = [];
	for (const source of sources) {
		const { files } = await findIn(source, buckets);
		const readable = files.flatMap((file): SourceFile[] => {
			const described = describeFormat(file.name);
			if (isReadable(file)) {
				const dataset = datasetByName(file.name, names);
				return [{ ...file, ...described, ...(dataset ? { dataset } : {}) }];
			}
			const { relation: _, format, ...reading } = match(basename(file.name)) ?? {};
			return format ? [{ ...file, gzip: described.gzip, ...reading, format }] : [];
		});
		const locations = files.map(({ location }) => location);
		if (readable.length === 0) throw noneReadable(source, locations);
		found.push(...readable);
	}
	return found;
}

/** The files of some datasets that `generate`, or another sender, left in the landing zone for a batch. */
export async function findLandedFiles(
	store: ObjectStore,
	bucket: string,
	batch: string,
	datasets: readonly DatasetName[],
): Promise<FoundFiles> {
	const landed = await mapConcurrently(datasets, parallelListings, async (dataset) => ({
		dataset,
		found: await objectsUnder(store, bucket, landingFolder(dataset, batch)),
	}));
	const files = landed.flatMap(({ dataset, found }) =>
		found.files.filter(isReadable).map((file) => ({ ...file, ...describeFile(file, dataset, datasets) })),
	);
	const passedOver = landed.flatMap(({ found }) => passedOverIn(found));
	if (files.length === 0) {
		throw new NoInputError(
			`Batch ${batch} has no files under s3://${bucket}/${landingFolder(datasets.length === 1 ? String(datasets[0]) : '<dataset>', batch)}. Generate or upload them, or name a --source.`,
		);
	}
	return { files, passedOver };
}

/** Most names listed where files are passed over. */
const mostNamed = 20;

/** The result's fields about files that were passed over; none where there are no such files. */
export const passedOverFields = (passedOver: readonly string[]): Record<string, unknown> =>
	passedOver.length === 0 ? {} : { passed_over: passedOver.slice(0, mostNamed), passed_over_count: passedOver.length };

/** The same as a warning; undefined where there are no such files. */
export const passedOverWarning = (passedOver: readonly string[]): string | undefined =>
	passedOver.length === 0
		? undefined
		: `Passed over: ${joinNames(passedOver)}. Only files are read that end in ${kinds}, plain or .gz, and that are not hidden (by . or _ at the start of a name).`;

const noneReadable = (source: string, others: readonly string[]): NoInputError =>
	new NoInputError(
		`${source} holds no file to ingest: none ends in ${kinds}, plain or .gz.${others.length > 0 ? ` There is ${joinNames(others)}.` : ''}`,
	);

/** The warning about files that no relation of an SQL source takes; undefined where there are none. */
export const unmatchedWarning = (passedOver: readonly string[], source: string): string | undefined =>
	passedOver.length === 0
		? undefined
		: `Passed over: ${joinNames(passedOver)}. No relation of ${source} takes them: "match" in its source.json lists the names.`;

function joinNames(locations: readonly string[]): string {
	const more = locations.length - mostNamed;
	return printable(locations.slice(0, mostNamed).join(', ')) + (more > 0 ? ` and ${more} more` : '');
}

const isReadable = ({ name }: Pick<SourceFile, 'name'>): boolean => extension.test(name);

/** Markers such as `_SUCCESS` or `.DS_Store` are not worth a warning. */
const passedOverIn = ({ files, hidden }: Found): string[] => [
	...files.filter((file) => !isReadable(file)).map(({ location }) => location),
	...hidden.filter((location) => location.endsWith('/') || extension.test(location)),
];

interface Found {
	readonly files: readonly FoundFile[];
	/** Where hidden files and folders are. */
	readonly hidden: readonly string[];
}

type FoundFile = Pick<SourceFile, 'name' | 'location' | 'open'>;

function describeFile(
	file: FoundFile,
	given: DatasetName | undefined,
	names: readonly DatasetName[],
): Pick<DatasetFile, 'dataset' | 'format' | 'gzip' | 'mayBeDocument'> {
	const dataset = given ?? datasetByName(file.name, names);
	if (!dataset) {
		throw new UsageError(
			`${printable(file.location)}: its name does not say what it holds. Name it ${names.join('*, ')}*, or give --dataset.`,
		);
	}
	return { dataset, ...describeFormat(file.name) };
}

const datasetByName = (path: string, names: readonly DatasetName[]): DatasetName | undefined =>
	[...names].sort((a, b) => b.length - a.length).find((name) => basename(path).startsWith(name));

/** What the ending of a name says. */
function describeFormat(name: string): Pick<SourceFile, 'format' | 'gzip' | 'mayBeDocument'> {
	const [, kind = ''] = extension.exec(name) ?? [];
	const format = kind.toLowerCase();
	return {
		format: formatByEnding[format] ?? 'ndjson',
		gzip: /\.gz$/i.test(name),
		...(format === 'json' ? { mayBeDocument: true } : {}),
	};
}

async function findOnDisk(source: string): Promise<Found> {
	const root = resolve(source);
	const found = await stat(root).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new NoInputError(`${source} does not exist.`);
		return unreadable(root, error);
	});
	const file = (path: string, name: string): FoundFile => ({
		name,
		location: path,
		open: async () => (await openFile(path)).createReadStream({ highWaterMark: 1024 ** 2 }),
	});
	if (!found.isDirectory()) return { files: [file(root, basename(root))], hidden: [] };
	const { files, hidden } = await walkFolder(root);
	return { files: files.map((path) => file(path, relative(root, path))), hidden };
}

async function findInS3(source: string, buckets: Buckets): Promise<Found> {
	const { bucket, key } = parseS3Location(source, '--source');
	const store = await buckets(bucket);
	if (key !== '' && !key.endsWith('/')) {
		// The very key comes first in a listing of those that begin with it.
		for await (const first of store.list(key)) {
			if (first.key !== key) break;
			return { files: [objectFile(store, bucket, key, basename(key))], hidden: [] };
		}
	}
	return objectsUnder(store, bucket, key === '' || key.endsWith('/') ? key : `${key}/`);
}

/** The objects of a folder of a bucket: a prefix that ends in a slash, or is empty. */
async function objectsUnder(store: ObjectStore, bucket: string, prefix: string): Promise<Found> {
	const files: FoundFile[] = [];
	const hidden = new Set<string>();
	for await (const { key } of store.list(prefix)) {
		const name = key.slice(prefix.length);
		if (name === '' || name.endsWith('/')) continue;
		const parts = name.split('/');
		const hiddenAt = parts.findIndex(isHiddenName);
		if (hiddenAt < 0) files.push(objectFile(store, bucket, key, name));
		else {
			const isFolder = hiddenAt < parts.length - 1;
			hidden.add(`s3://${bucket}/${prefix}${parts.slice(0, hiddenAt + 1).join('/')}${isFolder ? '/' : ''}`);
		}
	}
	return { files, hidden: [...hidden] };
}

const objectFile = (store: ObjectStore, bucket: string, key: string, name: string): FoundFile => ({
	name,
	location: `s3://${bucket}/${key}`,
	open: () => store.read(key),
});
