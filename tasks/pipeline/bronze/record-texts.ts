import type { RecordForm } from '../../lake';
import { identifier, literal } from '../../platform/duckdb/quote';
import { shortestDeepText } from '../../platform/json-depth';
import { type DelimitedLines, delimitedRecordsSql, splitLinesSql } from './delimited-records';

/** The texts of the fields of a form in records, and how to come back to the records that are not sound. */
export interface RecordTexts {
	/** SQL of `_file`, `_line`, `_raw` (a record's own text), and `_texts`, a struct. */
	readonly sql: string;
	/** SQL that is true if no text of a record is escaped in it, so that none has a quote or a character below the space. */
	readonly isUnescaped: string;
	/** SQL of more columns to keep of a record that is not sound, by their names. */
	readonly kept: Readonly<Record<string, string>>;
	/** SQL of records as `validateRecords` takes them, from SQL of `_file`, `_line`, `_raw` and the columns kept. */
	readonly records: (rows: string) => string;
}

/** The texts in records with JSON: SQL of `file`, `line`, `json`, `raw`, `fault`. */
export const jsonTexts =
	(records: string) =>
	({ fields }: RecordForm): RecordTexts => {
		const shape = JSON.stringify(Object.fromEntries(fields.map(({ name }) => [name, 'VARCHAR'])));
		return {
			sql: `select file as _file, line as _line, json as _json, raw as _raw, fault as _fault,
				json_transform(case when strlen(json) < ${shortestDeepText} and json_valid(json) then json end, ${literal(shape)}) as _texts
				from (${records})`,
			isUnescaped: `not contains(_json, '\\')`,
			kept: { _changed: 'nullif(_json, _raw)', _fault: '_fault' },
			records: (rows) =>
				`select _file as file, _line as line, case when _fault is null then coalesce(_changed, _raw) end as json, _raw as raw, _fault as fault from (${rows})`,
		};
	};

/**
 * The texts in lines, without JSON in between: it would cost as much again. A line with another number of values than the header
 * differs from the text that its values give. `file` is SQL of the place of their file.
 */
export const delimitedTexts =
	(delimited: DelimitedLines, file: string) =>
	({ fields }: RecordForm): RecordTexts => {
		const texts = fields.map(({ name }) => `${identifier(name)}: fields[${delimited.header.indexOf(name) + 1}]`);
		return {
			sql: `select ${file} as _file, line as _line, raw as _raw, {${texts.join(', ')}} as _texts from (${splitLinesSql(delimited)})`,
			isUnescaped: `not contains(_raw, '\\') and json_valid(concat('"', _raw, '"'))`,
			kept: {},
			records: (rows) =>
				delimitedRecordsSql({
					...delimited,
					lines: `select _file as file, _line as line, _raw as raw from (${rows})`,
				}),
		};
	};
