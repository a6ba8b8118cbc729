import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDb } from '../../tasks/platform/duckdb/duckdb';
import { literal } from '../../tasks/platform/duckdb/quote';
import type { MemoryStore } from './memory-store';

/** A version of an object. */
export interface StoredBytes {
	readonly key: string;
	readonly bytes: Buffer;
}

/**
 * The keys of all objects, earlier versions included, in which a text occurs: in the key, in the bytes as they are, or in what
 * they unpack to (gzip, zstd, Parquet).
 */
export const findText = (store: MemoryStore, text: string): Promise<string[]> => findTextIn(store.allVersions(), text);

/** The same in versions of any bucket. */
export async function findTextIn(
	versions: Iterable<StoredBytes> | AsyncIterable<StoredBytes>,
	text: string,
): Promise<string[]> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-search-'));
	const duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 2, scratch: folder });
	const spellings = [text, JSON.stringify(text).slice(1, -1)];
	const isFound = (content: string) => spellings.some((spelling) => content.includes(spelling));
	const found = new Set<string>();
	try {
		for await (const { key, bytes } of versions) {
			if (isFound(key) || isFound(bytes.toString()) || isFound(await unpack(duckdb, folder, bytes))) found.add(key);
		}
	} finally {
		await duckdb.close();
		await rm(folder, { recursive: true });
	}
	return [...found].sort();
}

async function unpack(duckdb: DuckDb, folder: string, bytes: Buffer): Promise<string> {
	const magic = bytes.subarray(0, 4).toString('latin1');
	if (magic.startsWith('\x1f\x8b')) return gunzipSync(bytes).toString();
	const isParquet = magic === 'PAR1';
	if (!isParquet && magic !== '(\xb5/\xfd') return '';
	// DuckDB caches what it reads by path.
	const path = join(folder, `${randomUUID()}.${isParquet ? 'parquet' : 'zst'}`);
	await writeFile(path, bytes);
	const sql = isParquet
		? `select cast(to_json(t) as varchar) as text from read_parquet(${literal(path)}, hive_partitioning = false) as t`
		: `select text from read_csv(${literal(path)}, columns = {text: 'varchar'}, delim = e'\\x01', quote = '', escape = '', header = false, auto_detect = false)`;
	return (await duckdb.rows(sql)).map(({ text }) => String(text)).join('\n');
}
