import type { DuckDb } from '../engines/duckdb';
import { identifier, literal } from '../engines/quote';
import { checkColumns } from './csv-records';
import type { SourceFile } from './find-files';
import { refused } from './staging';

/** Types whose JSON text is exact; all others go through their own text. */
const exactInJson = /^(U?(TINY|SMALL|BIG)?INT(EGER)?|BOOLEAN|FLOAT|DOUBLE|VARCHAR|STRUCT.*|MAP.*|.*\[\])$/;

/**
 * SQL of a Parquet file's records as `line` (the row's number, from 1), `json` and `raw` (its JSON object).
 * Throws DataRefusedError where the file is no sound Parquet, or lacks a column of the contract.
 */
export async function parquetRecords(
	duckdb: DuckDb,
	file: SourceFile,
	path: string,
	required: readonly string[],
): Promise<string> {
	const source = `read_parquet(${literal(path)}, file_row_number = true, binary_as_string = true)`;
	const described = await duckdb
		.rows(`describe select * exclude (file_row_number) from ${source}`)
		.catch((error: Error) => {
			throw refused(file, `is not sound Parquet (${error.message.split('\n')[0]})`);
		});
	const columns = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
	checkColumns(
		file,
		columns.map(({ name }) => name),
		required,
	);
	const pairs = columns.map(({ name, type }) => {
		const value = identifier(name);
		return `${literal(name)}, ${exactInJson.test(type) ? value : `cast(${value} as varchar)`}`;
	});
	return `select file_row_number + 1 as line, cast(json_object(${pairs.join(', ')}) as varchar) as json, json as raw from ${source}`;
}
