import type { Delimiter } from '../../platform/csv';
import { literal } from '../../platform/duckdb/quote';

/** Lines whose values delimiters alone divide; they have the columns of the header. */
export interface DelimitedLines {
	/** SQL of `line` and `raw`, and perhaps more columns; none is blank. */
	readonly lines: string;
	readonly header: readonly string[];
	readonly delimiter: Delimiter;
}

/** SQL of the lines with their values as the list `fields`. */
export const splitLinesSql = ({ lines, delimiter }: DelimitedLines): string =>
	`select *, string_split(raw, ${literal(delimiter)}) as fields from (${lines}) as lines`;

/** SQL of the records in the lines, as `validateRecords` takes them. */
export function delimitedRecordsSql(delimited: DelimitedLines): string {
	const count = delimited.header.length;
	const pairs = delimited.header.map((name, index) => `${literal(name)}, fields[${index + 1}]`);
	return `select * exclude (fields),
			case when len(fields) = ${count} then cast(json_object(${pairs.join(', ')}) as varchar) end as json,
			case when len(fields) <> ${count} then 'the header has ${count} columns, this line ' || len(fields) end as fault
		from (${splitLinesSql(delimited)}) as split`;
}
