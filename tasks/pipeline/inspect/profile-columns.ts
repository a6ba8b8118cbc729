import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier } from '../../platform/duckdb/quote';

/** What a column of a file holds. */
export interface ColumnProfile {
	readonly column: string;
	/** What all of its values look like. */
	readonly type: string;
	/** Records without a value. */
	readonly empty: number;
	/** Its first values. */
	readonly examples: readonly string[];
}

/** Values shown of a column. */
const examplesPerColumn = 3;
/** Characters shown of a value. */
const longestExample = 40;

export const decimalCommaType = 'number with a decimal comma';
export const thousandsCommaType = 'number with thousands separators';

/** What a column's values may look like, the first that all of them do; a pattern for `regexp_full_match`. */
const types: readonly (readonly [type: string, pattern: string])[] = [
	['whole number', '[+-]?\\d+'],
	['decimal number', '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?'],
	// `1,234`: it stands before decimal places, or between thousands.
	['number with a comma', '[+-]?\\d{1,3}(,\\d{3})?'],
	[decimalCommaType, '[+-]?\\d{1,3}(\\.?\\d{3})*(,\\d+)?|[+-]?\\d+,\\d+'],
	[thousandsCommaType, '[+-]?\\d{1,3}(,\\d{3})*(\\.\\d+)?'],
	['amount with a currency sign', '[+-]?\\p{Sc}\\s*[+-]?[\\d.,]+|[+-]?[\\d.,]+\\s*\\p{Sc}'],
	['date', '\\d{4}-\\d\\d-\\d\\d'],
	['time', '\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d.*)?'],
	['date that is not ISO', '\\d{1,4}[./-]\\d{1,2}[./-]\\d{1,4}([ ,T].*)?'],
	['true or false', '(?i)true|false|yes|no'],
	['object', '\\{.*\\}'],
	['list', '\\[.*\\]'],
];

/** Profiles the columns of a table of records, as `loadFile` makes it, in the order of their first record. */
export async function profileColumns(duckdb: DuckDb, table: string): Promise<ColumnProfile[]> {
	const { n } = await duckdb.row(`select count(json) as n from ${identifier(table)}`);
	const looks = types.map(
		([, pattern], place) => `bool_and(regexp_full_match(value, '${pattern}', 's')) as is_${place}`,
	);
	const rows = await duckdb.rows(
		`with cells as (
			select line, entry.id as place, entry.key as name, nullif(trim(json_extract_string(entry.value, '$')), '') as value
			from (select line, json from ${identifier(table)} where json is not null) as records, json_each(json) as entry
		 ),
		 -- Each value once: then the first three say more.
		 distinct_values as (
			select name, value, count(*) as cells, min(line) as line, arg_min(place, line) as place from cells group by name, value
		 )
		 select name, coalesce(sum(cells) filter (value is not null), 0) as filled, arg_min(left(value, ${longestExample}), line, ${examplesPerColumn}) as examples,
			${looks.join(', ')}
		 from distinct_values group by name order by min(line), arg_min(place, line)`,
	);
	return rows.map((row) => ({
		column: String(row.name),
		type: Number(row.filled) === 0 ? 'nothing' : (types.find((_, place) => row[`is_${place}`] === true)?.[0] ?? 'text'),
		empty: Number(n) - Number(row.filled),
		examples: ((row.examples ?? []) as unknown[]).map(String),
	}));
}
