import type { Dataset, Field } from '../../contracts';
import {
	decimalText,
	hasExponent,
	isNumberToRespell,
	mayBeInexact,
	quoteInexactNumbers,
} from '../../contracts/number-text';
import { listChecks, type RuleCheck, type RuleExpressions } from '../../contracts/rules';
import { bronzeTyping, trimmed } from '../../contracts/typing';
import { identifier, literal } from '../../platform/duckdb/quote';
import { nestedTooDeep } from '../../platform/json-depth';
import { decimalHintSql, isNumeric } from './decimal-texts';
import { explainUnparsableSql } from './explain-unparsable';
import { type DatasetMapping, mappedRecordSql } from './mapping';

/** What records are validated by. */
export interface RuleInputs {
	/** With the dates and times of `timeZone`. */
	readonly dataset: Dataset;
	readonly mapping: DatasetMapping | undefined;
	/** The zone of the shop's days. */
	readonly timeZone: string;
	/** The last event date that is not in the future, YYYY-MM-DD. */
	readonly lastDate: string;
	/** Numbers with a point were doubles before they were JSON. */
	readonly numbersWereDoubles?: boolean;
	/** Records (SQL of file and line) that are nested too deep to be parsed. */
	readonly deep: readonly string[];
}

/**
 * SQL of what the rules find in `records` (see `validateRecords`), a row a record.
 *
 * `file`, `line`; `raw`, its own text; `json`, the record as JSON, and `record`, in the contract's names: each null if it is the
 * own text; `value <field>`, typed as in Bronze; `shape`, equal where the names of the source are, and null where there is no
 * object; `is_odd`, false where no closer look is needed; where a rule is broken `rule`, `message`.
 */
export function validationSql(records: string, inputs: RuleInputs): string {
	const { dataset, mapping, deep, timeZone } = inputs;
	const fields = recordFields(inputs);
	const checks = listChecks(dataset, checkInputs(fields, inputs));
	const listed = (sql: (field: RecordField) => string) => fields.map(sql).join(', ');
	const numbers = fields.filter(({ isNumber }) => isNumber !== undefined);
	const exact = `case when is_odd then ${quoteInexactNumbers('json')} else json end`;
	const mapped = mapping ? mappedRecordSql(dataset, mapping, `(${exact})`, timeZone) : exact;
	const hint = ({ rule, field }: RuleCheck) => {
		const own = fields.find(({ name }) => name === field);
		return rule === 'type' && own?.isNumeric && !mapping?.decimal ? ` || ${decimalHintSql(own.text)}` : '';
	};
	const isDeep = deep.length === 0 ? 'false' : `(file, line) in (${deep.join(', ')})`;
	return `
	with lines as (
		select file, line, case when ${isDeep} then null else json end as json, raw,
			case when ${isDeep} then ${literal(nestedTooDeep)} else fault end as fault,
			regexp_matches(json, '${[mayBeInexact, perhapsControl, perhapsNotStrict].join('|')}') as is_odd
		from (${records}) as records
	),
	objects as (
		select *, case when json_valid(json) and json_type(json) = 'OBJECT' then ${mapped} end as record
		from lines
	),
	fields as (select *, json_extract_string(record, [${listed(({ path }) => path)}]) as found from objects),
	numbers as (select *, ${numbers.map(({ isNumber, number }) => `${isNumber} as ${number}`).join(', ')} from fields),
	trimmed as (
		select *, ${listed((field) => `${textSql(field)} as ${field.text}`)} from numbers
	),
	typed as (select *, ${listed(({ cast, value }) => `${cast} as ${value}`)} from trimmed),
	checked as (
		select *, case when record is null then -1 ${whenEach(checks, ({ broken }, index) => `${broken} then ${index}`)} end as broken
		from typed
	)
	select file, line, raw, nullif(json, raw) as json, nullif(record, raw) as record, ${listed(({ value }) => value)},
		case when record is not null then hash(json_keys(json)) end as shape, is_odd,
		case when broken = -1 then 'unparsable'
			${whenEach(checks, ({ rule }, index) => `broken = ${index} then ${literal(rule)}`)} end as rule,
		case when broken = -1 then coalesce(fault, ${explainUnparsableSql('raw')})
			${whenEach(checks, (check, index) => `broken = ${index} then ${check.message}${hint(check)}`)} end as message
	from checked`;
}

/** The column of a field's typed value. */
export const valueColumn = (field: string): string => identifier(`value ${field}`);

/** A field of the contract, and SQL about it. */
interface RecordField {
	readonly name: string;
	readonly isNumeric: boolean;
	/** Where it stands in a record, as a JSON path. */
	readonly path: string;
	/** Its own text. */
	readonly found: string;
	/** True where it is a JSON number whose text is to be spelt out; undefined where no text of its type is. */
	readonly isNumber: string | undefined;
	/** The columns of `isNumber`, of the text that the rules go by (null where it is absent or empty), and of its value. */
	readonly number: string;
	readonly text: string;
	readonly value: string;
	/** The value of the text. */
	readonly cast: string;
}

function recordFields({ dataset, mapping, timeZone }: RuleInputs): RecordField[] {
	// Only in the record as it came are all numbers numbers: `exactNumbers` makes strings of some.
	const source = mapping ? mappedRecordSql(dataset, mapping, 'json', timeZone) : 'json';
	return Object.entries<Field>(dataset.fields).map(([name, field], index) => {
		const found = `found[${index + 1}]`;
		const path = literal(`$.${name}`);
		const mayBe = isNumberToRespell(field, found);
		const isNumber = `case when ${mayBe} then coalesce(json_type(${source}, ${path}) <> 'VARCHAR', false) else false end`;
		const text = identifier(`text ${name}`);
		const columns = { text, number: identifier(`number ${name}`), value: valueColumn(name) };
		const cast = bronzeTyping(field).cast(text);
		return { name, isNumeric: isNumeric(field.type), path, found, isNumber: mayBe && isNumber, ...columns, cast };
	});
}

function checkInputs(fields: readonly RecordField[], inputs: RuleInputs): RuleExpressions {
	const { lastDate, mapping, numbersWereDoubles = false } = inputs;
	const field = (name: string) => fields.find((one) => one.name === name) as RecordField;
	return {
		text: (name) => field(name).text,
		value: (name) => field(name).value,
		notScalar: (name) => notScalarSql(field(name)),
		mayHoldControl: controls.test(JSON.stringify(mapping?.constants ?? {})) ? 'true' : 'is_odd',
		hasLostDigits: (name) => (numbersWereDoubles ? lostDigitsSql(field(name)) : undefined),
		lastDate: `date ${literal(lastDate)}`,
	};
}

const whenEach = (checks: readonly RuleCheck[], sql: (check: RuleCheck, index: number) => string): string =>
	checks.map((check, index) => `when ${sql(check, index)}`).join('\n');

/** A pattern of what a JSON text has whose strings may hold control characters: an escape, or a character itself. */
const perhapsControl = '\\\\[ubf]|[\\x{7f}-\\x{9f}]';
const controls = /\\[ubf]|[\x7f-\x9f]/;
/** A pattern of what a text has that DuckDB takes for JSON, and other readers don't: a trailing comma, NaN, Infinity. */
export const perhapsNotStrict = ',\\s*[}\\]]|[:\\[,]\\s*[-+]?([nN][aA][nN]|[iI][nN][fF])';

/** The text of a field that the rules go by. */
function textSql({ found, isNumber, number }: RecordField): string {
	return isNumber ? `case when ${number} then ${decimalText(found)} else ${trimmed(found)} end` : trimmed(found);
}

/** True where a field holds an object, a list, a truth value, or a number that nobody writes out. */
function notScalarSql({ text, path, isNumber, number }: RecordField): string {
	const isOther = `regexp_matches(${text}, '^(\\{|\\[|true$|false$)') and json_type(record, ${path}) in ('OBJECT', 'ARRAY', 'BOOLEAN')`;
	return isNumber ? `(${isOther} or ${number} and ${hasExponent(text)})` : `(${isOther})`;
}

/** True where a field is a number of more than a double's 53 bits; two such ids may have become one. */
const lostDigitsSql = ({ isNumber, number, text }: RecordField): string | undefined =>
	isNumber && `(${number} and abs(try_cast(${text} as double)) >= ${2 ** 53})`;
