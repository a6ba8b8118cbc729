import { quoteInexactNumbers } from '../../contracts/number-text';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier } from '../../platform/duckdb/quote';
import { mostLevels } from '../../platform/json-depth';
import type { SourceFile } from './find-files';
import { readRecords } from './read-records';
import type { StagedFile } from './staging';

/**
 * Loads a file of any columns into a table: `line`, and `json`, the record as an object; null if it is none. Numbers that a
 * double would not hold are texts there. Throws DataRefusedError if the file can't be read.
 */
export async function loadFile(
	duckdb: DuckDb,
	file: SourceFile,
	{ folder, table }: { readonly folder: string; readonly table: string },
): Promise<StagedFile> {
	const name = identifier(table);
	await duckdb.execute(`create or replace temp table ${name} (line bigint, json varchar)`);
	return readRecords(duckdb, file, folder, ({ records, table }) =>
		duckdb.execute(`insert into ${name} ${objectsSql(records)}; drop table ${table}`),
	);
}

/** SQL of records, as `validateRecords` takes them, as objects. */
function objectsSql(records: string): string {
	const isFlat = `strlen(json) - strlen(translate(json, '[{', '')) <= ${mostLevels}`;
	const isObject = `case when fault is null and ${isFlat} and json_valid(json) then json_type(json) = 'OBJECT' else false end`;
	return `select line, case when ${isObject} then ${quoteInexactNumbers('json')} end from (${records}) as records`;
}
