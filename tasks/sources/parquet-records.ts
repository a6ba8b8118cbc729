import { quotedWords } from '../contracts/number-text';
import type { DuckDb } from '../engines/duckdb';
import { identifier, literal } from '../engines/quote';
import { checkColumns } from './csv-records';
import type { SourceFile } from './find-files';
import { refused } from './staging';

/** Types whose JSON is exact; all others go through their own text. */
const exactInJson = /^(U?(TINY|SMALL|BIG)?INT(EGER)?|BOOLEAN|VARCHAR)$/;
/** Types of values with values in them: a list, an array, a structure, a map, one of several kinds. */
const nested = /(^(STRUCT|MAP|UNION)\(.*\)|\])$/s;

/** SQL of a value as it stands in a record; `value` is SQL of the column. */
function inRecord(value: string, type: string): string {
	// JSON has no NaN and no infinity: they stay as words.
	if (/^(FLOAT|DOUBLE)$/.test(type)) {
		return `case when isfinite(${value}) then to_json(${value}) else to_json(cast(${value} as varchar)) end`;
	}
	// Neither has the JSON of what holds such numbers.
	if (nested.test(type)) return `cast(${quotedWords(`cast(to_json(${value}) as varchar)`)} as json)`;
	// A whole number is an id whatever its places are, and zeros behind an amount say nothing.
	if (/^DECIMAL\(\d+,[1-9]/.test(type)) return `regexp_replace(cast(${value} as varchar), '\\.?0+$', '')`;
	// Some writers don't mark their texts as such.
	if (type === 'BLOB') return `coalesce(try(decode(${value})), cast(${value} as varchar))`;
	return exactInJson.test(type) ? value : `cast(${value} as varchar)`;
}

/**
 * SQL of a Parquet file's records, as `judge` takes them: `line` is the row's number, from 1, `raw` its JSON object.
 * Throws DataRefusedError where the file is no sound Parquet, or lacks a column of the contract.
 */
export async function parquetRecords(
	duckdb: DuckDb,
	file: SourceFile,
	path: string,
	required: readonly string[],
): Promise<string> {
	const source = `read_parquet(${literal(path)}, file_row_number = true)`;
	const unsound = (error: Error) => {
		if (/^Out of Memory/.test(error.message)) throw error;
		throw refused(file, `is not sound Parquet (${error.message.split('\n')[0]})`);
	};
	const described = await duckdb.rows(`describe select * exclude (file_row_number) from ${source}`).catch(unsound);
	const columns = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
	checkColumns(
		file,
		columns.map(({ name }) => name),
		required,
	);
	const pairs = columns.map(({ name, type }) => `${literal(name)}, ${inRecord(identifier(name), type)}`);
	// Read once as a whole: what is broken further in shows here, and not as a fault of the rules.
	await duckdb
		.execute(
			`create or replace temp table parquet_rows as
			 select file_row_number + 1 as line, cast(json_object(${pairs.join(', ')}) as varchar) as json from ${source}`,
		)
		.catch(unsound);
	return 'select line, json, json as raw, cast(null as varchar) as fault from parquet_rows';
}
