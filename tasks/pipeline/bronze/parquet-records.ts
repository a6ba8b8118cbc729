import { quoteNonFinite } from '../../contracts/number-text';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { checkColumns } from './csv-records';
import type { SourceFile } from './find-files';
import { longestLine } from './text-blocks';
import { unreadableFile } from './unreadable-file';
import type { StoredRecords } from './validate-records';

/** Types whose JSON is exact; all others go through their own text. */
const exactInJson = /^(U?(TINY|SMALL|BIG)?INT(EGER)?|BOOLEAN|VARCHAR)$/;
/** Types of values with values in them: a list, an array, a structure, a map, one of several kinds. */
const nested = /(^(STRUCT|MAP|UNION)\(.*\)|\])$/s;

/** SQL of a value as a record's JSON has it; `value` is SQL of the column. */
function inRecord(value: string, type: string): string {
	// JSON has no NaN and no infinity: they stay as words.
	if (/^(FLOAT|DOUBLE)$/.test(type)) {
		return `case when isfinite(${value}) then to_json(${value}) else to_json(cast(${value} as varchar)) end`;
	}
	// Nor has the JSON of nested values that hold such numbers.
	if (nested.test(type)) return `cast(${quoteNonFinite(`cast(to_json(${value}) as varchar)`)} as json)`;
	// An id may be typed as a decimal, and trailing zeros of an amount mean nothing.
	if (/^DECIMAL\(\d+,[1-9]/.test(type)) return `regexp_replace(cast(${value} as varchar), '\\.?0+$', '')`;
	// Some writers don't mark text columns as text.
	if (type === 'BLOB') return `coalesce(try(decode(${value})), cast(${value} as varchar))`;
	return exactInJson.test(type) ? value : `cast(${value} as varchar)`;
}

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
	const pairs = columns.map(({ name, type }) => `${literal(name)}, ${inRecord(identifier(name), type)}`);
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
const piecesSql = (rows: string, pieceBytes: number): string => `
	with blocks as (
		select min(line) as first, max(line) as last, sum(strlen(json)) as bytes, max(strlen(json)) as longest
		from (${rows}) group by (line - 1) // ${rowsOfBlock}
	),
	placed as (
		select *, (sum(bytes) over (order by first rows unbounded preceding) - bytes) // ${Math.floor(pieceBytes)} as piece
		from blocks
	)
	select min(first) as first, max(last) as last, max(longest) as longest from placed group by piece order by first`;
