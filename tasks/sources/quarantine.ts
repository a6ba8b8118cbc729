import { join } from 'node:path';
import type { DuckDb } from '../engines/duckdb';
import { literal } from '../engines/quote';

/** The table that collects rejected records until the batch is complete. */
export const quarantineTable = 'quarantine';

/** Makes the empty table of rejected records. */
export const createQuarantine = (duckdb: DuckDb): Promise<void> =>
	duckdb.execute(
		`create or replace temp table ${quarantineTable} (dataset varchar, batch varchar, file varchar, line bigint, rule varchar, message varchar, raw varchar)`,
	);

/** Writes the table as an object in a folder; returns its path. */
export async function writeQuarantine(duckdb: DuckDb, folder: string): Promise<string> {
	const path = join(folder, 'quarantine.ndjson.zst');
	await duckdb.execute(
		`copy (select * from ${quarantineTable} order by file, line) to ${literal(path)} (format json, compression zstd)`,
	);
	return path;
}
