import { literal, literals } from '../platform/duckdb/quote';
import type { Field } from './column';
import type { Contract } from './dataset';
import { farOffsetOfTime } from './types/times';
import { fieldTyping } from './typing';

/** The rules that a record can break, in order of precedence. */
export const rules = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type Rule = (typeof rules)[number];

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

/** The same of a record in JavaScript. Its numbers have all of their digits. */
export interface RuleValues {
	/** Null if the field is absent or empty. */
	readonly text: (field: string) => string | null;
	/** The value as `Typing.parse` gives it; NaN if there is none or it doesn't fit, so that no comparison is true. */
	readonly value: (field: string) => number;
	/** Counted in days from 1970-01-01. */
	readonly lastDay: number;
}

/** A rule of a contract, in either language. */
export interface ContractRule {
	readonly rule: Rule;
	readonly field: string;
	/** Where `{text}` stands, it shows the value. */
	readonly message: string;
	/** What the data catalogue says of it; undefined where the type says it. */
	readonly description: string | undefined;
	/** True if a record breaks the rule; SQL is undefined if no record can. */
	readonly brokenSql: (record: RuleExpressions) => string | undefined;
	readonly isBroken: (record: RuleValues) => boolean;
	/** What a message shows of a text. */
	readonly shown: Shown;
}

interface Shown {
	readonly sql: (text: string) => string;
	readonly show: (text: string) => string;
}

/** All rules of a contract on a single record, in order of precedence: of several broken ones the first counts. */
export const listRules = (contract: Contract): ContractRule[] => precedence.flatMap((rulesOf) => rulesOf(contract));

/** A kind of rule for fields: to which of them it applies, what breaks it in each language, and what a message says. */
interface RuleKind<L> {
	/** Its key in a contract's own `messages`. */
	readonly kind: string;
	readonly rule: Rule;
	/** What the contract sets for a field; undefined if the rule doesn't apply to it. */
	readonly limit: (field: Field, name: string, contract: Contract) => L | undefined;
	/** The limit in words. */
	readonly words?: (limit: L) => string;
	readonly message: (field: string, words: string) => string;
	readonly sql: (record: RuleExpressions, field: string, limit: L) => string | undefined;
	readonly js: (record: RuleValues, field: string, limit: L) => boolean;
	readonly describe?: (limit: L) => string | undefined;
	readonly shown?: Shown;
}
type ListKind = (contract: Contract, name: string, field: Field) => ContractRule[];

const firstCharacters: Shown = {
	sql: (text) => `left(${text}, 80)`,
	show: (text) => [...text].slice(0, 80).join(''),
};

const define =
	<L>({ kind, words = String, shown = firstCharacters, ...of }: RuleKind<L>): ListKind =>
	(contract, name, field) => {
		const limit = of.limit(field, name, contract);
		if (limit === undefined) return [];
		const message = contract.messages?.[kind] ?? of.message;
		return [
			{
				...{ rule: of.rule, field: name, message: message(name, words(limit)), shown },
				description: of.describe?.(limit),
				brokenSql: (record) => of.sql(record, name, limit),
				isBroken: (record) => of.js(record, name, limit),
			},
		];
	};

const says = (what: (words: string) => string) => (field: string, words: string) =>
	`${field} is '{text}', ${what(words)}`;

const absent = define({
	kind: 'absent',
	rule: 'missing',
	limit: ({ required }) => required || undefined,
	message: (field) => `${field} is absent or empty`,
	sql: ({ text }, field) => `${text(field)} is null`,
	js: ({ text }, field) => text(field) === null,
});

const form = define({
	kind: 'form',
	rule: 'type',
	limit: (field) => ({ own: field.form, ...fieldTyping(field) }),
	words: ({ looksLike }) => looksLike,
	message: says((looksLike) => `not ${looksLike}`),
	sql: ({ text, value, notScalar }, field, { pattern }) => {
		const wellFormed = pattern === undefined ? 'true' : `regexp_full_match(${text(field)}, ${literal(pattern)})`;
		return `${text(field)} is not null and (${notScalar(field)} or not ${wellFormed} or ${value(field)} is null)`;
	},
	js: ({ text, value }, field) => text(field) !== null && Number.isNaN(value(field)),
	describe: ({ own }) => own?.looksLike,
});

/** Ids from a column of doubles; other sources have all digits of a number. */
const lostDigits = define({
	kind: 'lostDigits',
	rule: 'type',
	limit: isText,
	message: says(
		() => 'a floating-point number of more than 2^53, whose last digits are lost: write ids as text or whole numbers',
	),
	sql: ({ hasLostDigits }, field) => hasLostDigits(field),
	js: () => false,
});

/** A control character (Unicode's category Cc) that no text may have: all except tab, line feed and carriage return. */
const control = '[^\\P{Cc}\\t\\n\\r]';
const controlPattern = new RegExp(control, 'u');
const controlCharacter = define({
	kind: 'control',
	rule: 'type',
	limit: isText,
	message: (field) => `${field} has the control character {text}, which no text may have`,
	sql: ({ text, mayHoldControl }, field) => `${mayHoldControl} and regexp_matches(${text(field)}, '${control}')`,
	js: ({ text }, field) => controlPattern.test(text(field) ?? ''),
	shown: {
		sql: (text) => `printf('U+%04X', ord(regexp_extract(${text}, '${control}')))`,
		show: (text) => {
			const code = controlPattern.exec(text)?.[0].codePointAt(0) ?? 0;
			return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
		},
	},
});

function isText({ type }: Field): true | undefined {
	return type === 'string' || undefined;
}

const derivedColumns = ({ derived }: Contract): ContractRule[] =>
	derived.map(({ name, type, sql, fits }) => ({
		...{ rule: 'type', field: name, shown: firstCharacters, description: undefined },
		message: `${name}, which derives from the record, does not fit ${type}`,
		brokenSql: ({ value }) => `${sql(value)} is not null and try_cast(${sql(value)} as ${type}) is null`,
		isBroken: ({ value }) => !fits(value),
	}));

const oneOf = define({
	kind: 'oneOf',
	rule: 'enum',
	limit: (field) => field.oneOf,
	words: (words) => words.join(', '),
	message: says((words) => `not one of ${words}`),
	sql: ({ text }, field, words) => `${text(field)} not in (${literals(words)})`,
	js: ({ text }, field, words) => ![...words, null].includes(text(field)),
	describe: (words) => `one of ${words.map((word) => `\`${word}\``).join(', ')}`,
});

const atLeast = define({
	kind: 'atLeast',
	rule: 'range',
	limit: (field) => field.atLeast,
	message: says((limit) => `less than ${limit}`),
	sql: ({ value }, field, limit) => `${value(field)} < ${limit}`,
	js: ({ value }, field, limit) => value(field) < limit,
	describe: (limit) => `≥ ${limit}`,
});

const moreThan = define({
	kind: 'moreThan',
	rule: 'range',
	limit: (field) => field.moreThan,
	message: says((limit) => `not more than ${limit}`),
	sql: ({ value }, field, limit) => `${value(field)} <= ${limit}`,
	js: ({ value }, field, limit) => value(field) <= limit,
	describe: (limit) => `> ${limit}`,
});

const atMost = define({
	kind: 'atMost',
	rule: 'range',
	limit: (field) => field.atMost,
	message: says((limit) => `more than ${limit}`),
	sql: ({ value }, field, limit) => `${value(field)} > ${limit}`,
	js: ({ value }, field, limit) => value(field) > limit,
	describe: (limit) => `≤ ${limit}`,
});

const mostBytes = define({
	kind: 'mostBytes',
	rule: 'range',
	limit: (field) => field.mostBytes,
	message: says((bytes) => `more than ${bytes} bytes of UTF-8`),
	sql: ({ text }, field, bytes) => `strlen(${text(field)}) > ${bytes}`,
	js: ({ text }, field, bytes) => Buffer.byteLength(text(field) ?? '') > bytes,
	describe: (bytes) => `≤ ${bytes} bytes of UTF-8`,
});

const dayMs = 24 * 3600_000;
const notBefore = define({
	kind: 'notBefore',
	rule: 'range',
	limit: (field) => field.notBefore,
	message: says((first) => `before ${first} (UTC)`),
	sql: ({ value }, field, first) => `${value(field)} < date ${literal(first)}`,
	js: ({ value }, field, first) => value(field) < Date.parse(first),
	describe: (first) => `≥ ${first}`,
});

const farOffsetPattern = new RegExp(farOffsetOfTime);
const offset = define({
	kind: 'offset',
	rule: 'range',
	limit: (field) => fieldTyping(field).hasOffset,
	message: says(() => 'with an offset of more than 14 hours'),
	sql: ({ text }, field) => `(${text(field)}[-1] <> 'Z' and regexp_matches(${text(field)}, '${farOffsetOfTime}'))`,
	js: ({ text }, field) => farOffsetPattern.test(text(field) ?? ''),
	describe: () => 'offset within ±14:00',
});

const years = define({
	kind: 'years',
	rule: 'range',
	limit: (field) => field.years,
	words: ([first, last]) => `${first} to ${last}`,
	message: (field, words) => `${field} '{text}' is not in the years ${words} of UTC`,
	sql: ({ value }, field, [first, last]) => `year(${value(field)}) not between ${first} and ${last}`,
	js: ({ value }, field, [first, last]) => value(field) < Date.UTC(first, 0) || value(field) >= Date.UTC(last + 1, 0),
	describe: ([first, last]) => `in the years ${first} to ${last} of UTC`,
});

const highestOf = define({
	kind: 'highestOf',
	rule: 'range',
	limit: (field) => field.highestOf,
	message: (field) => `${field} {text} is not the highest`,
	sql: ({ value }, field, others) => others.map((other) => `${value(field)} < ${value(other)}`).join(' or '),
	js: ({ value }, field, others) => others.some((other) => value(field) < value(other)),
	describe: () => 'the highest',
});

const lowestOf = define({
	kind: 'lowestOf',
	rule: 'range',
	limit: (field) => field.lowestOf,
	message: (field) => `${field} {text} is not the lowest`,
	sql: ({ value }, field, others) => others.map((other) => `${value(field)} > ${value(other)}`).join(' or '),
	js: ({ value }, field, others) => others.some((other) => value(field) > value(other)),
	describe: () => 'the lowest',
});

const future = define({
	kind: 'future',
	rule: 'future',
	limit: (_, name, { eventTime }) => name === eventTime || undefined,
	message: says(() => 'more than a day after the batch’s as-of'),
	sql: ({ value, lastDate }, field) => `cast(${value(field)} as date) > ${lastDate}`,
	js: ({ value, lastDay }, field) => Math.floor(value(field) / dayMs) > lastDay,
});

/** The rules of kinds, field by field. */
const eachField =
	(...kinds: readonly ListKind[]) =>
	(contract: Contract): ContractRule[] =>
		Object.entries(contract.fields).flatMap(([name, field]) => kinds.flatMap((kind) => kind(contract, name, field)));

const precedence: readonly ((contract: Contract) => ContractRule[])[] = [
	eachField(absent),
	eachField(form, lostDigits, controlCharacter),
	derivedColumns,
	eachField(oneOf),
	eachField(atLeast, moreThan, atMost, mostBytes, notBefore, offset, years),
	eachField(highestOf, lowestOf),
	eachField(future),
];
