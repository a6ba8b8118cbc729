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

/** The table of the records of a piece. */
const pieceTable = 'parquet_rows';

/** Some rows of a Parquet file. */
export interface ParquetPiece {
	/** SQL of the rows, as `line` and `json`. */
	readonly rows: string;
}

/**
 * Divides a Parquet file into pieces of about `pieceBytes` of JSON at most, however little space their rows take in the file.
 * Throws DataRefusedError where the file is not valid Parquet, or lacks a column of the contract.
 */
export async function listParquetPieces(
	duckdb: DuckDb,
	file: SourceFile,
	path: string,
	{ required, pieceBytes }: { readonly required: readonly string[]; readonly pieceBytes: number },
): Promise<ParquetPiece[]> {
	const source = `read_parquet(${literal(path)}, file_row_number = true)`;
	const unsound = (error: Error) => refuseUnsound(file, error);
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
	if (pieces.some(({ longest }) => Number(longest) > longestLine)) {
		const { line } = await duckdb.row(`select min(line) as line from (${rows}) where strlen(json) > ${longestLine}`);
		const most = `${longestLine / 1024 ** 2} MiB`;
		throw unreadableFile(file, `has more than ${most} of JSON in row ${line}. Shorten its values`);
	}
	// By the row's number DuckDB finds the row groups that have to be read.
	return pieces.map(({ first, last }) => ({
		rows: `${rows} where file_row_number between ${Number(first) - 1} and ${Number(last) - 1}`,
	}));
}

/** Loads the records of a piece into a table: `line` is the row's number, from 1, `raw` its JSON object. */
export async function loadParquetPiece(
	duckdb: DuckDb,
	file: SourceFile,
	{ rows }: ParquetPiece,
): Promise<StoredRecords> {
	await duckdb
		.execute(`create or replace temp table ${pieceTable} as ${rows}`)
		.catch((error) => refuseUnsound(file, error));
	const records = `select line, json, json as raw, cast(null as varchar) as fault from ${pieceTable}`;
	return { records, table: pieceTable };
}

function refuseUnsound(file: SourceFile, error: Error): never {
	if (/^Out of Memory/.test(error.message)) throw error;
	throw unreadableFile(file, `is not a valid Parquet file (${error.message.split('\n')[0]})`);
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
