import { identifier } from '../platform/duckdb/quote';
import { bronzeType } from './bronze';
import type { Field } from './column';
import { bigint, double, exactDecimal, int, money } from './types/numbers';
import { date, localDateTime, timestamp } from './types/times';
import type { Typing } from './types/typing';

/** White space as defined by ECMAScript's `trim`. */
const whiteSpace =
	' \t\n\r\v\f\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF';

/** SQL that is true if a text starts and ends with a printable ASCII character: a cheap test that it needs no trim. */
export const isPreTrimmed = (text: string): string =>
	`(ord(${text}) between 33 and 126 and ord(${text}[-1]) between 33 and 126)`;

/** SQL of a text without surrounding white space; null if nothing is left. */
export const trimmed = (text: string): string =>
	`case when ${isPreTrimmed(text)} then ${text} else nullif(trim(${text}, '${whiteSpace}'), '') end`;

/** The types that a source field can have. */
const typings: Partial<Record<Field['type'], Typing>> = {
	string: { looksLike: 'text', cast: (text) => text, parse: () => 0 },
	int,
	bigint,
	double,
	date: date(),
	timestamp: timestamp(),
	'decimal(12,2)': money,
	'decimal(15,6)': exactDecimal,
};

/** The same of fields with a zone. */
const zoned: Partial<Record<Field['type'], (timeZone: string) => Typing>> = { date, timestamp };

/** The typing of a field; every type of a source field has one. A form of its own replaces that of its type. */
export function fieldTyping({ type, form, timeZone }: Field): Typing {
	const typing = (timeZone === undefined ? undefined : zoned[type]?.(timeZone)) ?? typings[type];
	if (!typing) throw new Error(`no source field can be of type ${type}`);
	return { ...typing, ...form };
}

/** How Bronze types a field: a date keeps its time of day. */
export const bronzeTyping = (field: Field): Typing =>
	field.type === 'date' && field.timeZone !== undefined
		? localDateTime(field.timeZone)
		: fieldTyping({ ...field, type: bronzeType(field) });

/** A function that parses the text of a field, as `Typing.parse`; NaN also if the text is not of the pattern. */
export function fieldParser(field: Field): (text: string) => number {
	const { pattern, parse } = fieldTyping(field);
	const wellFormed = pattern === undefined ? /^/ : new RegExp(`^(?:${pattern})$`);
	return (text) => (wellFormed.test(text) ? parse(text) : Number.NaN);
}

/** The select list of typed columns, from columns that hold the texts of the fields under their names. */
export function typedColumns(fields: Readonly<Record<string, Field>>): string {
	return Object.entries(fields)
		.map(([name, field]) => `${fieldTyping(field).cast(`(${trimmed(identifier(name))})`)} as ${identifier(name)}`)
		.join(', ');
}
