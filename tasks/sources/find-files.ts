import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type DatasetName, datasetNames } from '../contracts';
import type { ObjectStore } from '../lake';
import { NoInputError, UsageError } from '../shared/errors';

export type Format = 'ndjson' | 'csv' | 'parquet';

/** A file to ingest. The order of files is (place of their source, path), compared bytewise. */
export interface SourceFile {
	readonly dataset: DatasetName;
	/** The path relative to the source; of a source that is a file, its name. */
	readonly name: string;
	/** Where it is, for messages. */
	readonly location: string;
	readonly format: Format;
	readonly gzip: boolean;
	readonly open: () => Promise<Readable>;
}

/** The store of a bucket, by its name. */
export type Buckets = (bucket: string) => Promise<ObjectStore>;

const extension = /\.(ndjson|jsonl|json|csv|parquet)(\.gz)?$/i;
const longestFirst = [...datasetNames].sort((a, b) => b.length - a.length);

/** Finds the files of the sources as given on the command line: files, folders, or `s3://bucket/prefix`. */
export async function findFiles(
	sources: readonly string[],
	dataset: DatasetName | undefined,
	buckets: Buckets,
): Promise<SourceFile[]> {
	const found: SourceFile[] = [];
	for (const source of sources) {
		const files = source.startsWith('s3://') ? await filesInS3(source, buckets) : await filesOnDisk(source);
		const readable = files
			.filter(({ name }) => extension.test(name))
			.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
		if (readable.length === 0) {
			throw new NoInputError(
				`${source} holds no file to ingest: none ends in .ndjson, .jsonl, .json, .csv or .parquet, plain or .gz.`,
			);
		}
		found.push(...readable.map((file) => ({ ...file, ...described(file, dataset) })));
	}
	return found;
}

/** The files that `generate`, or whoever else fills the landing zone, left for a batch; all of them, or a dataset's. */
export async function landedFiles(
	store: ObjectStore,
	bucket: string,
	batch: string,
	only?: DatasetName,
): Promise<SourceFile[]> {
	const files: SourceFile[] = [];
	for (const dataset of only ? [only] : datasetNames) {
		const prefix = `landing/${dataset}/batch=${batch}/`;
		for await (const { key } of store.list(prefix)) {
			const name = key.slice(prefix.length);
			if (!extension.test(name)) continue;
			const file = { name, location: `s3://${bucket}/${key}`, open: () => store.read(key) };
			files.push({ ...file, ...described(file, dataset) });
		}
	}
	if (files.length === 0) {
		throw new NoInputError(
			`Batch ${batch} has no files under s3://${bucket}/landing/${only ?? '<dataset>'}/batch=${batch}/. Generate or upload them, or name a --source.`,
		);
	}
	return files;
}

type FoundFile = Pick<SourceFile, 'name' | 'location' | 'open'>;

function described(file: FoundFile, given: DatasetName | undefined): Pick<SourceFile, 'dataset' | 'format' | 'gzip'> {
	const [, kind = '', gzip] = extension.exec(file.name) ?? [];
	const dataset = given ?? longestFirst.find((name) => basename(file.name).startsWith(name));
	if (!dataset) {
		throw new UsageError(
			`${file.location}: its name does not say what it holds. Name it ${datasetNames.join('*, ')}*, or give --dataset.`,
		);
	}
	const format = kind.toLowerCase();
	return {
		dataset,
		format: format === 'csv' || format === 'parquet' ? format : 'ndjson',
		gzip: gzip !== undefined,
	};
}

async function filesOnDisk(source: string): Promise<FoundFile[]> {
	const root = resolve(source);
	const found = await stat(root).catch(() => undefined);
	if (!found) throw new NoInputError(`${source} does not exist.`);
	const file = (path: string, name: string): FoundFile => ({
		name,
		location: path,
		open: async () => createReadStream(path, { highWaterMark: 1024 ** 2 }),
	});
	if (!found.isDirectory()) return [file(root, basename(root))];
	const entries = await readdir(root, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.startsWith('_'))
		.map((entry) => join(entry.parentPath, entry.name))
		.map((path) => file(path, relative(root, path)));
}

async function filesInS3(source: string, buckets: Buckets): Promise<FoundFile[]> {
	const { host, pathname } = new URL(source);
	const prefix = decodeURIComponent(pathname.slice(1));
	const store = await buckets(host);
	const files: FoundFile[] = [];
	for await (const { key } of store.list(prefix)) {
		const name = key === prefix ? basename(key) : key.slice(prefix.length).replace(/^\//, '');
		if (/(^|\/)[._]/.test(name)) continue;
		files.push({ name, location: `s3://${host}/${key}`, open: () => store.read(key) });
	}
	return files;
}
