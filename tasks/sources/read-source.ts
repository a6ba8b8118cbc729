import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Contracts } from '../contracts';
import type { ObjectStore } from '../lake';
import { UsageError } from '../platform/errors';
import { isS3Location, parseS3Location } from '../platform/s3-location';
import { readTexts } from './presets';
import { isFileOfSource, makeSource, type SqlSource } from './sql-source';

/** Whether `--map` names a source, a folder, rather than a mapping file. On S3 a folder ends with a slash. */
export async function isSourceFolder(path: string): Promise<boolean> {
	if (isS3Location(path)) return path.endsWith('/');
	const found = await stat(resolve(path)).catch(() => undefined);
	return found?.isDirectory() === true;
}

/** Reads the source of a local folder, or of `s3://bucket/prefix/`. Throws UsageError where there is none, or not a valid one. */
export async function readSource(
	path: string,
	buckets: (bucket: string) => Promise<ObjectStore>,
	contracts: Contracts,
): Promise<SqlSource> {
	if (!isS3Location(path)) return makeSource(basename(resolve(path)), await readTexts(resolve(path)), contracts);
	const { bucket, key: prefix } = parseS3Location(path, '--map');
	const store = await buckets(bucket);
	const texts = new Map<string, string>();
	for await (const { key } of store.list(prefix)) {
		const name = key.slice(prefix.length);
		if (name.includes('/') || !isFileOfSource(name)) continue;
		const text = await store.getText(key);
		if (text !== undefined) texts.set(name, text);
	}
	if (texts.size === 0) {
		throw new UsageError(`--map ${path}: there is no source, neither source.json nor a file that ends in .sql.`);
	}
	return makeSource(basename(prefix) || bucket, texts, contracts);
}
