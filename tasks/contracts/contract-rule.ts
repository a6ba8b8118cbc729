import type { Field } from './column';
import type { Contract } from './dataset';
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
	readonly shown: Shown;
}

/** What a message shows of a text. */
interface Shown {
	readonly sql: (text: string) => string;
	readonly show: (text: string) => string;
}

/** A field in SQL, and in JavaScript, for the kinds of rules. */
interface FieldSql {
	readonly text: string;
	readonly value: string;
	readonly field: string;
	readonly record: RuleExpressions;
	/** Of its text; undefined if any will do. */
	readonly pattern: string | undefined;
}
interface FieldValue {
	readonly text: string | null;
	readonly value: number;
	readonly record: RuleValues;
}

/** A kind of rule for fields: what breaks it in each language, and what its message says. */
interface Kind<L> {
	/** What the contract sets for a field, undefined if the rule doesn't apply to it; by default the option of the kind's name. */
	readonly limit?: (field: Field, isEventTime: boolean) => L | undefined;
	/** `{field}` and `{text}` stand for the field's name and its value. */
	readonly message: (limit: L) => string;
	/** True if the rule is broken; undefined if it can't be. */
	readonly sql: (field: FieldSql, limit: L) => string | undefined;
	readonly js: (field: FieldValue, limit: L) => boolean;
	readonly describe?: (limit: L, field: Field) => string | undefined;
	readonly shown?: Shown;
}
type Kinds = {
	readonly [K in Exclude<keyof Field, 'notBefore'>]?: Kind<K extends 'type' ? string : NonNullable<Field[K]>>;
} & { readonly [K in 'lostDigits' | 'control' | 'offset']?: Kind<true> } & {
	readonly notBefore?: Kind<FirstDay>;
	readonly future?: Kind<Field>;
};

/** The first date allowed, the zone that it is of, and when it begins: milliseconds since 1970, as the values count them. */
interface FirstDay {
	readonly date: string;
	readonly timeZone: string;
	readonly begins: number;
}

export const firstCharacters: Shown = {
	sql: (text) => `left(${text}, 80)`,
	show: (text) => [...text].slice(0, 80).join(''),
};

/**
 * The rules of some kinds for the fields of a contract: all of the first field, then all of the second, and so on. The
 * kinds are named by the options of a field that set their limits.
 */
export const group =
	(rule: Rule, kinds: Kinds) =>
	({ fields, eventTime, messages }: Contract): ContractRule[] =>
		Object.entries(fields).flatMap(([name, field]) =>
			Object.entries(kinds as Readonly<Record<string, Kind<unknown>>>).flatMap(([key, kind]) => {
				const limit = kind.limit ? kind.limit(field, name === eventTime) : field[key as keyof Field];
				if (limit === undefined) return [];
				const { pattern } = fieldTyping(field);
				const fieldRule: ContractRule = {
					...{ rule, field: name, shown: kind.shown ?? firstCharacters, description: kind.describe?.(limit, field) },
					message: (messages?.[key] ?? kind.message)(limit).replace('{field}', name),
					brokenSql: (record) =>
						kind.sql({ text: record.text(name), value: record.value(name), field: name, pattern, record }, limit),
					isBroken: (record) => kind.js({ text: record.text(name), value: record.value(name), record }, limit),
				};
				return [fieldRule];
			}),
		);
