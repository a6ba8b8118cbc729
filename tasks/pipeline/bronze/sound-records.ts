import { bronzeType, type Dataset, type Field } from '../../contracts';
import { listChecks } from '../../contracts/rules';
import { isPreTrimmed } from '../../contracts/typing';
import type { RecordForm } from '../../lake';
import { duckdbType } from '../../lake/partitions';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier, literal } from '../../platform/duckdb/quote';
import { recordTextSql } from './record-text';
import type { RecordTexts } from './record-texts';
import { spelling } from './spellings';

/** The table of the records of a chunk. */
const table = 'parsed';

/** The records of a chunk, parsed in the form of their source. */
export interface ParsedRecords {
	readonly sound: number;
	readonly other: number;
	/** SQL of the sound records as Bronze has them. */
	readonly soundRows: string;
	/** SQL of the others, as `validateRecords` takes them. */
	readonly otherRecords: string;
}

/**
 * Types the records that are certainly sound: those whose text is exactly what their typed values give in the form of their
 * source, and whose values keep the rules. Such a record has no escapes, no repeated or unknown fields and no unusual
 * numbers, so nothing else has to be checked. The result is valid until the next call.
 */
export async function parseRecords(
	duckdb: DuckDb,
	texts: RecordTexts,
	inputs: {
		readonly dataset: Dataset;
		readonly form: RecordForm;
		/** The last event date that is not in the future, YYYY-MM-DD. */
		readonly lastDate: string;
	},
): Promise<ParsedRecords> {
	const { dataset, form } = inputs;
	const names = Object.keys(dataset.fields).map(identifier);
	const kept = Object.entries({ _raw: '_raw', ...texts.kept });
	await duckdb.execute(
		`create or replace temp table ${table} as
		 with texts as (${texts.sql}),
		 typed as (select *, ${typedColumns(dataset, form).join(', ')} from texts),
		 checked as (select *, coalesce(${[texts.isUnescaped, ...listConditions(inputs)].join(' and ')}, false) as _is_sound from typed)
		 select _file, _line, _is_sound, ${names.join(', ')},
			${kept.map(([name, value]) => `case when not _is_sound then ${value} end as ${name}`).join(', ')}
		 from checked`,
	);
	const { sound, other } = await duckdb.row(
		`select count(*) filter (_is_sound) as sound, count(*) filter (not _is_sound) as other from ${table}`,
	);
	const nothing = ['_extra', '_raw'].map((name) => `cast(null as varchar) as ${name}`);
	const others = `select _file, _line, ${kept.map(([name]) => name).join(', ')} from ${table} where not _is_sound`;
	return {
		sound: Number(sound),
		other: Number(other),
		soundRows: `select _file, _line, ${[...names, ...nothing].join(', ')} from ${table} where _is_sound`,
		// DuckDB computes 2,048 rows at a time, but only some dozens where few are left of them; materialized, they stand together.
		otherRecords: `with others as materialized (${others}) ${texts.records('from others')}`,
	};
}

/** SQL of the text of a field; null if it has none, which CSV writes as nothing. */
const textColumn = ({ format }: RecordForm, name: string): string =>
	format === 'csv' ? `nullif(_texts.${identifier(name)}, '')` : `_texts.${identifier(name)}`;

function typedColumns(dataset: Dataset, form: RecordForm): string[] {
	return Object.entries<Field>(dataset.fields).map(([name, field]) => {
		const own = form.fields.find((one) => one.name === name);
		const value = own ? spelling(field, own.spelling).read(textColumn(form, name)) : 'null';
		return `cast(${value} as ${duckdbType(bronzeType(field))}) as ${identifier(name)}`;
	});
}

/** SQL of conditions that all hold for a sound record. */
function listConditions({ dataset, form, lastDate }: Parameters<typeof parseRecords>[2]): string[] {
	const fields = Object.entries<Field>(dataset.fields);
	return [
		`_raw = ${recordTextSql(dataset, form, identifier)}`,
		hasNoControl('_raw'),
		...fields.filter(([, { required }]) => required).map(([name]) => `${identifier(name)} is not null`),
		...form.fields.flatMap((field) => formConditions(dataset, form, field)),
		...listBrokenRules(dataset, form, lastDate).map((broken) => `not coalesce(${broken}, false)`),
	];
}

/** SQL of what has to hold for the text of a field, unless it is absent. */
function formConditions(
	dataset: Dataset,
	form: RecordForm,
	{ name, quoted, spelling: how }: RecordForm['fields'][number],
): string[] {
	const field = dataset.fields[name] as Field;
	const text = textColumn(form, name);
	const { fits } = spelling(field, how);
	const isText = field.type === 'string';
	const isWholeNumber = `cast(try_cast(${text} as hugeint) as varchar) = ${text}`;
	return [
		...(fits ? [fits(text)] : []),
		...(isText ? [isPreTrimmed(text)] : []),
		// DuckDB takes nan and inf for numbers.
		...(field.type === 'double' ? [`isfinite(${identifier(name)})`] : []),
		// Without quotes it could be a truth value, a list, or an id such as 5001.0.
		...(isText && !quoted && form.format === 'json' ? [isWholeNumber] : []),
	].map((condition) => `(${text} is null or ${condition})`);
}

/** SQL that is true if a text has no control character above the space; nearly all are ASCII, for which the pattern is not needed. */
const hasNoControl = (text: string): string =>
	`case when strlen(${text}) = length(${text}) then not contains(${text}, chr(127)) else not regexp_matches(${text}, '[\\x{7f}-\\x{9f}]') end`;

/** SQL of each rule that a typed value can break. */
function listBrokenRules(dataset: Dataset, form: RecordForm, lastDate: string): string[] {
	const noText = 'cast(null as varchar)';
	// No spelling of a time has an offset other than zero, which is all that the rules look for in its text.
	const isTime = (name: string) => bronzeType(dataset.fields[name] as Field) === 'timestamp';
	const checks = listChecks(dataset, {
		text: (name) =>
			form.fields.some((field) => field.name === name) && !isTime(name) ? textColumn(form, name) : noText,
		value: identifier,
		notScalar: () => 'false',
		mayHoldControl: 'false',
		hasLostDigits: () => undefined,
		lastDate: `date ${literal(lastDate)}`,
	});
	const derived = dataset.derived.map(({ sql, type }) => {
		const value = sql(identifier);
		return `(${value} is not null and try_cast(${value} as ${type}) is null)`;
	});
	return [
		...checks.filter(({ rule }) => rule !== 'missing' && rule !== 'type').map(({ broken }) => broken),
		...derived,
	];
}
