import { join } from 'node:path';
import type { TaskContext } from '../../context';
import { refusedKey } from '../../lake';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';

/** The table that collects rejected records until the batch is complete; chunks on several connections share it. */
export const quarantineTable = 'quarantine';

/** Makes the empty table of rejected records. */
export const createQuarantine = (duckdb: DuckDb): Promise<void> =>
	duckdb.execute(
		`create or replace table ${quarantineTable} (dataset varchar, batch varchar, file varchar, line bigint, rule varchar, message varchar, raw varchar)`,
	);

/** Writes the table as an object in a folder; returns its path. */
export async function writeQuarantine(duckdb: DuckDb, folder: string): Promise<string> {
	const path = join(folder, 'quarantine.ndjson.zst');
	await duckdb.execute(
		`copy (select * from ${quarantineTable} order by file, line) to ${literal(path)} (format json, compression zstd)`,
	);
	return path;
}

/** Drops the tables that staging leaves: they hold up to a chunk of records. */
export const dropStagingTables = (duckdb: DuckDb): Promise<void> =>
	duckdb.execute(
		[quarantineTable, 'gathered_records', 'parquet_rows'].map((table) => `drop table if exists ${table}`).join('; '),
	);

/** Characters kept of a refused record: enough to find it in its source, which its owner keeps. */
const longestRefused = 10_000;

/**
 * Uploads a dataset's rows of the quarantine table, or of another like it, as the rejected records of a refused batch;
 * `lake_refused` shows them. The batch itself is not published.
 */
export async function keepRefused(
	context: TaskContext,
	duckdb: DuckDb,
	folder: string,
	{
		dataset,
		batch,
		table = quarantineTable,
	}: { readonly dataset: string; readonly batch: string; readonly table?: string },
): Promise<void> {
	const path = join(folder, 'refused.ndjson.zst');
	const at = context.clock();
	await duckdb.execute(
		`copy (
			select dataset, batch, ${literal(at.toISOString())} as refused_at, file, line, rule, message, left(raw, ${longestRefused}) as raw
			from ${table} where dataset = ${literal(dataset)} order by file, line
		 ) to ${literal(path)} (format json, compression zstd)`,
	);
	const { store } = await context.lake();
	await store.upload(path, refusedKey(dataset, batch, at, context.run.attempt));
}
