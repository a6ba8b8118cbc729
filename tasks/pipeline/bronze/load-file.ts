import { rm } from 'node:fs/promises';
import { mayBeInexact, quoteInexactNumbers } from '../../contracts/number-text';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier } from '../../platform/duckdb/quote';
import { mostLevels } from '../../platform/json-depth';
import type { SourceFile } from './find-files';
import { splitParquetRecords } from './parquet-records';
import { type StagedFile, stage } from './staging';
import { chunkBytes, loadRecords, type StoredRecords } from './validate-records';

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
	const add = ({ records, table }: StoredRecords) =>
		duckdb.execute(`insert into ${name} ${objectsSql(records)}; drop table ${table}`);
	const pieceBytes = chunkBytes(duckdb);
	const chunks = stage(file, { folder, columns: [], chunkBytes: pieceBytes });
	for (;;) {
		const next = await chunks.next();
		if (next.done) return next.value;
		const chunk = next.value;
		if (chunk.kind !== 'parquet') await add(await loadRecords(duckdb, chunk));
		else {
			for await (const records of splitParquetRecords(duckdb, file, chunk.path, { required: [], pieceBytes })) {
				await add(records);
			}
		}
		await rm(chunk.path);
	}
}

/** SQL of records, as `validateRecords` takes them, as objects. */
function objectsSql(records: string): string {
	const isFlat = `strlen(json) - strlen(translate(json, '[{', '')) <= ${mostLevels}`;
	const isObject = `case when fault is null and ${isFlat} and json_valid(json) then json_type(json) = 'OBJECT' else false end`;
	const exact = `case when regexp_matches(json, '${mayBeInexact}') then ${quoteInexactNumbers('json')} else json end`;
	return `select line, case when ${isObject} then ${exact} end from (${records}) as records`;
}
