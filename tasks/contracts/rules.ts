import { literal } from '../platform/duckdb/quote';
import type { Field } from './column';
import type { Dataset } from './dataset';
import { fieldTyping } from './typing';

/** The rules that a record can break, in order of precedence. */
export const rules = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type Rule = (typeof rules)[number];

/** A rule with the SQL that is true if a record breaks it, and the SQL of the message. */
export interface RuleCheck {
	readonly rule: Rule;
	readonly broken: string;
	readonly message: string;
}

/** SQL expressions of a record for the rule checks. */
export interface RuleExpressions {
	/** The trimmed text of a field. */
	readonly text: (field: string) => string;
	/** The typed value of a field. */
	readonly value: (field: string) => string;
	/** True if the field held an object, a list or a boolean instead of text or a number. */
	readonly notScalar: (field: string) => string;
	/** False if no text of the record has a control character. */
	readonly mayHoldControl: string;
	/** True if the field was a floating-point number too large to have exact digits; undefined if that is impossible. */
	readonly hasLostDigits: (field: string) => string | undefined;
	/** The last date that is not in the future, as an SQL date. */
	readonly lastDate: string;
}

/** A control character (Unicode's category Cc) that no text may have: all except tab, line feed and carriage return. */
const control = '[^\\P{Cc}\\t\\n\\r]';

const check = (rule: Rule, broken: string, message: string): RuleCheck => ({ rule, broken, message });

/** All checks of a dataset on a single record, in the order of `rules`; the first broken one counts. */
export function listChecks(dataset: Dataset, inputs: RuleExpressions): RuleCheck[] {
	const { text, value, lastDate } = inputs;
	const fields = Object.entries(dataset.fields);
	const says = (name: string, what: string) => messageSql(text(name), name, what);
	return [
		...fields
			.filter(([, { required }]) => required)
			.map(([name]) => check('missing', `${text(name)} is null`, literal(`${name} is absent or empty`))),
		...fields.flatMap(([name, field]) => typeChecks(name, field, inputs)),
		...dataset.derived.map(({ name, type, sql }) =>
			check(
				'type',
				`${sql(value)} is not null and try_cast(${sql(value)} as ${type}) is null`,
				literal(`${name}, which derives from the record, does not fit ${type}`),
			),
		),
		...fields.flatMap(([name, { oneOf }]) =>
			oneOf
				? [
						check(
							'enum',
							`${text(name)} not in (${oneOf.map(literal).join(', ')})`,
							says(name, `, not one of ${oneOf.join(', ')}`),
						),
					]
				: [],
		),
		...fields.flatMap(([name, field]) => rangeChecks(name, field, inputs)),
		...(dataset.eventTime
			? [
					check(
						'future',
						`cast(${value(dataset.eventTime)} as date) > ${lastDate}`,
						says(dataset.eventTime, ', more than a day after the batch’s as-of'),
					),
				]
			: []),
	];
}

/** SQL of a message that shows the text of a field. */
const messageSql = (text: string, name: string, what: string): string =>
	`${literal(`${name} is '`)} || left(${text}, 80) || ${literal(`'${what}`)}`;

function typeChecks(name: string, field: Field, inputs: RuleExpressions): RuleCheck[] {
	const { text, value, notScalar, mayHoldControl } = inputs;
	const { wellFormed, looksLike } = fieldTyping(field);
	const bad = `(${notScalar(name)} or not ${wellFormed(text(name))} or ${value(name)} is null)`;
	const form = check(
		'type',
		`${text(name)} is not null and ${bad}`,
		messageSql(text(name), name, `, not ${looksLike}`),
	);
	if (field.type !== 'string') return [form];
	const lost = inputs.hasLostDigits(name);
	const code = `printf('U+%04X', ord(regexp_extract(${text(name)}, '${control}')))`;
	return [
		form,
		...(lost === undefined ? [] : [check('type', lost, messageSql(text(name), name, `, ${lostDigits}`))]),
		check(
			'type',
			`${mayHoldControl} and regexp_matches(${text(name)}, '${control}')`,
			`replace(${literal(hasControl(name, 'U+?'))}, 'U+?', ${code})`,
		),
	];
}

function rangeChecks(name: string, field: Field, { text, value }: RuleExpressions): RuleCheck[] {
	const { atLeast, moreThan, atMost, mostBytes, notBefore } = field;
	const { isOffsetTooLarge } = fieldTyping(field);
	const range = (broken: string, what: string) => check('range', broken, messageSql(text(name), name, `, ${what}`));
	return [
		...(atLeast === undefined ? [] : [range(`${value(name)} < ${atLeast}`, `less than ${atLeast}`)]),
		...(moreThan === undefined ? [] : [range(`${value(name)} <= ${moreThan}`, `not more than ${moreThan}`)]),
		...(atMost === undefined ? [] : [range(`${value(name)} > ${atMost}`, `more than ${atMost}`)]),
		...(mostBytes === undefined ? [] : [range(`strlen(${text(name)}) > ${mostBytes}`, tooLong(mostBytes))]),
		...(notBefore === undefined ? [] : [range(`${value(name)} < date ${literal(notBefore)}`, tooEarly(notBefore))]),
		...(isOffsetTooLarge === undefined ? [] : [range(isOffsetTooLarge(text(name)), offsetTooLarge)]),
	];
}

/** The message for an id from a column of doubles that is too large to be exact. */
const lostDigits =
	'a floating-point number of more than 2^53, whose last digits are lost: write ids as text or whole numbers';
/** The message for a text with a control character; `code` is its code point, such as U+0000. */
export const hasControl = (name: string, code: string): string =>
	`${name} has the control character ${code}, which no text may have`;
/** The message for a date before the first one allowed. */
export const tooEarly = (first: string): string => `before ${first} (UTC)`;
/** The message for a text that is too long to be a key. */
export const tooLong = (bytes: number): string => `more than ${bytes} bytes of UTF-8`;
/** The message for a time whose offset is beyond ±14:00. */
export const offsetTooLarge = 'with an offset of more than 14 hours';
