import { type DatasetName, datasets, type Field } from '../../contracts';
import { decimalText, exactNumbers, hasExponent, isRespelt, perhapsInexact } from '../../contracts/number-text';
import { type Check, type CheckInputs, listChecks } from '../../contracts/rules';
import { fieldTyping, isTidy, trimmed } from '../../contracts/typing';
import { identifier, literal } from '../../platform/duckdb/quote';
import { nestedTooDeep } from '../../platform/json-depth';
import { type DatasetMapping, mappedRecord } from './mapping';
import { whyNotAnObject } from './not-an-object';

/** What the rules look at records by. */
export interface RuleInputs {
	readonly dataset: DatasetName;
	readonly mapping: DatasetMapping | undefined;
	/** The last event date that is not in the future, YYYY-MM-DD. */
	readonly lastDate: string;
	/** SQL of the place of a record's file in the batch; it may use the column `file` of the records. */
	readonly file: string;
	/** Numbers with a point were doubles before they were JSON. */
	readonly numbersWereDoubles?: boolean;
	/** Records (SQL of file and line) that are nested too deep to be looked at. */
	readonly deep: readonly string[];
}

/**
 * SQL of what the rules make of `records` (see `judge`), a row a record.
 *
 * `file`, `line`; `record`, in the contract's names; with a mapping `source`, as it came; `restated`, an object of fields
 * that Bronze is to have in another spelling; `shape`, equal where the names of the source are; `tidy`; `is_odd`, false
 * for all that needs no closer look; and where a rule is broken `rule`, `message`, `raw`.
 */
export function judgedSql(records: string, inputs: RuleInputs): string {
	const { dataset, mapping, file, deep } = inputs;
	const fields = recordFields(inputs);
	const checks = listChecks(datasets[dataset], checkInputs(fields, inputs));
	const listed = (sql: (field: RecordField) => string) => fields.map(sql).join(', ');
	const numbers = fields.filter(({ isNumber }) => isNumber !== undefined);
	const exact = `case when is_odd and regexp_matches(json, '${perhapsInexact}') then ${exactNumbers('json')} else json end`;
	const mapped = mapping ? mappedRecord(dataset, mapping, `(${exact})`) : exact;
	const isDeep = deep.length === 0 ? 'false' : `(${file}, line) in (${deep.join(', ')})`;
	return `
	with lines as (
		select ${file} as file, line, case when ${isDeep} then null else json end as json, raw,
			case when ${isDeep} then ${literal(nestedTooDeep)} else fault end as fault,
			regexp_matches(json, '${[perhapsInexact, perhapsControl, perhapsNotStrict].join('|')}') as is_odd
		from (${records}) as records
	),
	objects as (
		select *, case when json_valid(json) and json_type(json) = 'OBJECT' then ${mapped} end as record
		from lines
	),
	fields as (select *, json_extract_string(record, [${listed(({ path }) => path)}]) as found from objects),
	numbers as (select *, ${numbers.map(({ isNumber, number }) => `${isNumber} as ${number}`).join(', ')} from fields),
	trimmed as (
		select *, ${fields.map(({ found }) => `(${found} is null or ${isTidy(found)})`).join(' and ')} as tidy,
			${listed((field) => `${textSql(field)} as ${field.text}`)}
		from numbers
	),
	typed as (
		select *, ${restatedSql(numbers)} as restated, ${listed(({ cast, value }) => `${cast} as ${value}`)}
		from trimmed
	),
	checked as (
		select *, case when record is null then -1 ${whenEach(checks, ({ broken }, index) => `${broken} then ${index}`)} end as broken
		from typed
	)
	select file, line, ${mapping ? 'json as source, ' : ''}record, restated, case when record is not null then hash(json_keys(${mapping ? 'json' : 'record'})) end as shape, is_odd, tidy, case when broken is not null then raw end as raw,
		case when broken = -1 then 'unparsable'
			${whenEach(checks, ({ rule }, index) => `broken = ${index} then ${literal(rule)}`)} end as rule,
		case when broken = -1 then coalesce(fault, ${whyNotAnObject('raw')})
			${whenEach(checks, ({ message }, index) => `broken = ${index} then ${message}`)} end as message
	from checked`;
}

/** A field of the contract, and SQL about it. */
interface RecordField {
	readonly name: string;
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

function recordFields({ dataset, mapping }: RuleInputs): RecordField[] {
	// Only in the record as it came are all numbers numbers: `exactNumbers` makes strings of some.
	const source = mapping ? mappedRecord(dataset, mapping, 'json') : 'json';
	return Object.entries<Field>(datasets[dataset].fields).map(([name, field], index) => {
		const found = `found[${index + 1}]`;
		const path = literal(`$.${name}`);
		const mayBe = isRespelt(field, found);
		const isNumber = `case when ${mayBe} then coalesce(json_type(${source}, ${path}) <> 'VARCHAR', false) else false end`;
		const text = identifier(`text ${name}`);
		const columns = { text, number: identifier(`number ${name}`), value: identifier(`value ${name}`) };
		return { name, path, found, isNumber: mayBe && isNumber, ...columns, cast: fieldTyping(field).cast(text) };
	});
}

function checkInputs(fields: readonly RecordField[], inputs: RuleInputs): CheckInputs {
	const { lastDate, mapping, numbersWereDoubles = false } = inputs;
	const of = (name: string) => fields.find((field) => field.name === name) as RecordField;
	return {
		text: (name) => of(name).text,
		value: (name) => of(name).value,
		notScalar: (name) => notScalarSql(of(name)),
		mayHoldControl: controls.test(JSON.stringify(mapping?.constants ?? {})) ? 'true' : 'is_odd',
		hasLostDigits: (name) => (numbersWereDoubles ? lostDigitsSql(of(name)) : undefined),
		lastDate: `date ${literal(lastDate)}`,
	};
}

const whenEach = (checks: readonly Check[], sql: (check: Check, index: number) => string): string =>
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

/** The texts of numbers that were spelt out as a JSON object, for Bronze, so that Silver reads them so; null without any. */
function restatedSql(numbers: readonly RecordField[]): string {
	const members = numbers.map(
		({ name, number, text }) => `case when ${number} then ${literal(`"${name}":"`)} || ${text} || '"' end`,
	);
	return `case when ${numbers.map(({ number }) => number).join(' or ')} then '{' || concat_ws(',', ${members.join(', ')}) || '}' end`;
}
