import { recordValue } from '../../contracts/record-value';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { checkColumns } from './csv-records';
import type { SourceFile } from './find-files';
import { longestLine } from './text-blocks';
import { unreadableFile } from './unreadable-file';
import type { StoredRecords } from './validate-records';

/** Rows per block when a Parquet file is divided into pieces of whole blocks. */
const rowsOfBlock = 64;

/**
 * A Parquet file's records, a piece at a time: `line` is the row's number, from 1, `raw` its
 * JSON object. A piece has about `pieceBytes` of JSON at most, however little space its rows take in the file. Throws
 * DataRefusedError where the file is not valid Parquet, or lacks a column of the contract.
 */
export async function* splitParquetRecords(
	duckdb: DuckDb,
	file: SourceFile,
	path: string,
	{ required, pieceBytes }: { readonly required: readonly string[]; readonly pieceBytes: number },
): AsyncGenerator<StoredRecords> {
	const source = `read_parquet(${literal(path)}, file_row_number = true)`;
	const unsound = (error: Error) => {
		if (/^Out of Memory/.test(error.message)) throw error;
		throw unreadableFile(file, `is not a valid Parquet file (${error.message.split('\n')[0]})`);
	};
	const described = await duckdb.rows(`describe select * exclude (file_row_number) from ${source}`).catch(unsound);
	const columns = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
	checkColumns(
		file,
		columns.map(({ name }) => name),
		required,
	);
	const pairs = columns.map(({ name, type }) => `${literal(name)}, ${recordValue(identifier(name), type)}`);
	const rows = `select file_row_number + 1 as line, cast(json_object(${pairs.join(', ')}) as varchar) as json from ${source}`;
	// The whole file is read before the first piece: damage further in shows here, and not as a fault of the records.
	const pieces = await duckdb.rows(piecesSql(rows, pieceBytes)).catch(unsound);
	for (const { first, last, longest } of pieces) {
		if (Number(longest) > longestLine) {
			const { line } = await duckdb.row(`select min(line) as line from (${rows}) where strlen(json) > ${longestLine}`);
			const most = `${longestLine / 1024 ** 2} MiB`;
			throw unreadableFile(file, `has more than ${most} of JSON in row ${line}. Shorten its values`);
		}
		// By the row's number DuckDB finds the row groups that have to be read.
		await duckdb
			.execute(
				`create or replace temp table parquet_rows as ${rows} where file_row_number between ${Number(first) - 1} and ${Number(last) - 1}`,
			)
			.catch(unsound);
		const records = 'select line, json, json as raw, cast(null as varchar) as fault from parquet_rows';
		yield { records, table: 'parquet_rows' };
	}
}

/** SQL of the first and last line of each piece, and the bytes of its longest record. */
export const piecesSql = (rows: string, pieceBytes: number): string => `
	with blocks as (
		select min(line) as first, max(line) as last, sum(strlen(json)) as bytes, max(strlen(json)) as longest
		from (${rows}) group by (line - 1) // ${rowsOfBlock}
	),
	placed as (
		select *, (sum(bytes) over (order by first rows unbounded preceding) - bytes) // ${Math.floor(pieceBytes)} as piece
		from blocks
	)
	select min(first) as first, max(last) as last, max(longest) as longest from placed group by piece order by first`;
