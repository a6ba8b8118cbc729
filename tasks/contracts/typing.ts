import { identifier } from '../platform/duckdb/quote';
import type { Field } from './column';
import { hasExponent, withoutExponent } from './number-text';

/**
 * How the text of a value is cast to its type, in SQL: the single definition for both the rules of ingestion and the casts
 * of Silver. `text` is an SQL expression of type varchar (JSON's own text of a number, a string without quotes).
 */
export interface Typing {
	/** True if the text has the syntax of the type; its value may still be out of the type's range. */
	readonly wellFormed: (text: string) => string;
	/** The typed value; null if it does not fit. */
	readonly cast: (text: string) => string;
	/** For times: true if the offset is more than 14 hours, which no place has. */
	readonly isOffsetTooLarge?: (text: string) => string;
	/** What a value of the type looks like, for messages. */
	readonly looksLike: string;
}

/** White space as defined by ECMAScript's `trim`. */
const whiteSpace =
	' \t\n\r\v\f\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF';

/** SQL that is true if a text starts and ends with a printable ASCII character: a cheap test that it needs no trim. */
export const isPreTrimmed = (text: string): string =>
	`(ord(${text}) between 33 and 126 and ord(${text}[-1]) between 33 and 126)`;

/** SQL of a text without surrounding white space; null if nothing is left. */
export const trimmed = (text: string): string =>
	`case when ${isPreTrimmed(text)} then ${text} else nullif(trim(${text}, '${whiteSpace}'), '') end`;

const matches = (pattern: string) => (text: string) => `regexp_full_match(${text}, '${pattern}')`;

const decimalPattern = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const datePattern = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const isoPattern = `${datePattern}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\\s*([Zz]|[+-][0-9]{2}(:?[0-5][0-9])?)?)?`;
const epochPattern = '[0-9]+(\\.[0-9]+)?';

/** An epoch of at least this is in milliseconds: in seconds it would be after the year 5000. */
const firstMillisecondEpoch = '100000000000';

/** An ISO text without white space before its offset. */
const offsetJoined = (text: string) => `regexp_replace(${text}, '\\s+([Zz+-])', '\\1')`;
/** The instant of an ISO text, also without seconds or with a decimal comma; UTC if it has no offset. */
const isoInstant = (text: string) =>
	`try_cast(replace(regexp_replace(${offsetJoined(text)}, '^(.{10}[T ][0-9]{2}:[0-9]{2})([^:0-9]|$)', '\\1:00\\2'), ',', '.') as timestamptz)`;
/** A pattern of an offset beyond ±14:00 at the end of a time. */
export const farOffset = '[+-](14:?(0[1-9]|[1-5][0-9])|(1[5-9]|[2-9][0-9])(:?[0-9]{2})?)$';
/** Whether a well-formed ISO text has an offset beyond ±14:00; the colon before it tells it apart from the day of a date. */
const isOffsetTooLarge = (text: string) => `(${text}[-1] <> 'Z' and regexp_matches(${text}, ':.*${farOffset}'))`;
/** The same as a time in UTC. Nearly all texts end in Z and take a fast path; the rest, or a failed cast, takes the slow one. */
const utcTime = (text: string) =>
	`coalesce(case when ${text}[-1] = 'Z' then try_cast(${text} as timestamp) end, timezone('UTC', ${isoInstant(text)}))`;
const epoch = (text: string) => {
	const exact = `try_cast(${text} as decimal(24,6))`;
	const micros = `${exact} * case when abs(${exact}) >= ${firstMillisecondEpoch} then 1000 else 1000000 end`;
	return `make_timestamp(try_cast(trunc(${micros}) as bigint))`;
};

const text: Typing = { wellFormed: () => 'true', cast: (value) => value, looksLike: 'text' };
const decimal: Typing = {
	wellFormed: matches(decimalPattern),
	// A cast from text rounds half away from zero and is exact.
	cast: (value) =>
		`case when ${hasExponent(value)}
			then case when ${matches(decimalPattern)(value)} then try_cast(${withoutExponent(value)} as decimal(12,2)) end
			else try_cast(${value} as decimal(12,2)) end`,
	looksLike: 'a decimal number of at most 10 digits before the point, such as 12.50',
};

const typings: Partial<Record<Field['type'], Typing>> = {
	string: text,
	int: {
		wellFormed: matches('[+-]?[0-9]+(\\.0*)?'),
		cast: (value) => `try_cast(${value} as int)`,
		looksLike: 'a whole number of 32 bits, such as 3',
	},
	'decimal(12,2)': decimal,
	double: {
		wellFormed: matches(decimalPattern),
		cast: (value) => `try_cast(${value} as double)`,
		looksLike: 'a number, such as 4.5',
	},
	date: {
		wellFormed: matches(isoPattern),
		cast: (value) =>
			`case when length(${value}) = 10 then try_cast(${value} as date) else cast(${utcTime(value)} as date) end`,
		isOffsetTooLarge,
		looksLike: 'a date that exists, as YYYY-MM-DD or an ISO timestamp',
	},
	timestamp: {
		wellFormed: matches(`${isoPattern}|${epochPattern}`),
		cast: (value) =>
			`case when regexp_full_match(${value}, '${epochPattern}') then ${epoch(value)} else ${utcTime(value)} end`,
		isOffsetTooLarge,
		looksLike: 'a time, as ISO 8601 or epoch seconds or milliseconds',
	},
};

/** The typing of a field; every type of a source field has one. */
export function fieldTyping(field: Field): Typing {
	const typing = typings[field.type];
	if (!typing) throw new Error(`no source field can be of type ${field.type}`);
	return typing;
}

/** The select list of typed columns, from columns that hold the texts of the fields under their names. */
export function typedColumns(fields: Readonly<Record<string, Field>>): string {
	return Object.entries(fields)
		.map(([name, field]) => `${fieldTyping(field).cast(`(${trimmed(identifier(name))})`)} as ${identifier(name)}`)
		.join(', ');
}
