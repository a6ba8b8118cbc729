import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDbEngine } from '../../engine';
import { composeLayout, fetchCopies, type Lake, listBatchFiles, prefixes } from '../../lake';
import { bronzeSuffix, longestLine } from '../../lake/bronze-files';
import { identifier, literal } from '../../platform/duckdb/quote';
import { separatedTextSql } from '../bronze';
import type { LiveBatch } from './live-batches';
import { spellings } from './person';

/**
 * Whether any other object of Bronze or quarantine, or an earlier version of one, has an id: files of earlier heads, of
 * batches that were replaced, of runs that never committed, and deleted ones that the bucket keeps. Stops at the first.
 */
export async function isInEarlierBronze(
	engine: DuckDbEngine,
	lake: Lake,
	live: readonly LiveBatch[],
	user: string,
): Promise<boolean> {
	const named = new Set(live.flatMap(({ manifest }) => listBatchFiles(manifest).map(({ key }) => key)));
	const folders = [
		...composeLayout(lake.contracts).datasets.map((name) => `${prefixes.bronze}${name}/batch=`),
		prefixes.quarantine,
	];
	for (const folder of folders) {
		for await (const { key, version, isNewest, isDeleteMarker } of lake.store.listAllVersions(folder)) {
			if (isDeleteMarker || (isNewest && named.has(key)) || !/\.(parquet|ndjson\.zst)$/.test(key)) continue;
			const extension = key.endsWith(bronzeSuffix) ? 'parquet' : 'ndjson.zst';
			// DuckDB caches what it reads by path, so no two copies share one.
			const path = join(engine.scratch, `earlier-${randomUUID()}.${extension}`);
			await pipeline(await lake.store.read(key, version), createWriteStream(path));
			const isFound = await hasId(engine, path, user).finally(() => rm(path, { force: true }));
			if (isFound) return true;
		}
	}
	return false;
}

/**
 * The files of Gold that the newest head names and that have an id. After a recomputation there are none, except those of
 * dates that were refused, and of a project's tables that this process does not know.
 */
export async function listGoldWithId(engine: DuckDbEngine, lake: Lake, user: string): Promise<string[]> {
	const snapshot = await lake.newest();
	const found: string[] = [];
	for (const name of Object.keys(snapshot.head.tables).filter((name) =>
		name.startsWith(prefixes.gold.replace('/', '_')),
	)) {
		const files = Object.values((await snapshot.table(name)).partitions).flatMap(({ files }) => files);
		const paths = await fetchCopies(engine, files);
		for (const [place, { key }] of files.entries()) {
			if (await hasId(engine, paths[place] as string, user)) found.push(key);
		}
	}
	return found;
}

async function hasId({ duckdb }: DuckDbEngine, path: string, user: string): Promise<boolean> {
	const rows = path.endsWith('.parquet')
		? `read_parquet(${literal(path)}, hive_partitioning = false)`
		: separatedTextSql(path, { line: 'varchar' }, longestLine);
	const columns = await duckdb.rows(`describe from ${rows}`);
	const texts = columns.flatMap(({ column_name, column_type }) =>
		column_type === 'VARCHAR' ? [identifier(String(column_name))] : [],
	);
	// A table of figures alone.
	if (texts.length === 0) return false;
	const wanted = spellings(user);
	const conditions = texts.flatMap((column) => wanted.map((_, place) => `contains(${column}, $id${place})`));
	const found = await duckdb.rows(
		`select 1 as found from ${rows} where ${conditions.join(' or ')} limit 1`,
		Object.fromEntries(wanted.map((spelling, place) => [`id${place}`, spelling])),
	);
	return found.length > 0;
}
