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

/** A record that can't be taken apart: it goes to quarantine as it stands. */
export interface UnparsableRecord {
	readonly file: string;
	readonly line: number;
	readonly message: string;
	readonly raw: string;
}

/** Records that go to quarantine in one statement. */
const recordsAtATime = 1000;

/** Puts such records into the table of rejected ones. */
export async function quarantineUnparsable(
	duckdb: DuckDb,
	where: { dataset: string; batch: string },
	unparsable: readonly UnparsableRecord[],
): Promise<void> {
	for (let first = 0; first < unparsable.length; first += recordsAtATime) {
		const records = JSON.stringify(unparsable.slice(first, first + recordsAtATime));
		await duckdb.execute(
			`insert into ${quarantineTable}
			 select $dataset, $batch, record.file, record.line, 'unparsable', record.message, record.raw
			 from (select unnest(from_json($records, '[{"file": "varchar", "line": "bigint", "message": "varchar", "raw": "varchar"}]')) as record)`,
			{ ...where, records },
		);
	}
}

/** Writes the table as an object in a folder; returns its path. */
export async function writeQuarantine(duckdb: DuckDb, folder: string): Promise<string> {
	const path = join(folder, 'quarantine.ndjson.zst');
	await duckdb.execute(
		`copy (select * from ${quarantineTable} order by file, line) to ${literal(path)} (format json, compression zstd)`,
	);
	return path;
}
