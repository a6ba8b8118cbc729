import { identifier } from '../platform/duckdb/quote';
import type { Field } from './column';
import { hasExponent, writtenOut } from './number-text';

/**
 * How the text of a value becomes its type, in SQL: the one definition that both the rules of ingestion and the casts
 * of Silver use. `text` is an SQL expression of type varchar (JSON's own text of a number, a string without quotes).
 */
export interface Typing {
	/** True where the text has the form of the type; the value itself may still be out of the type's range. */
	readonly wellFormed: (text: string) => string;
	/** The typed value; null where it does not fit. */
	readonly cast: (text: string) => string;
	/** Of times: true where the offset is more than 14 hours, which no place has. */
	readonly isOffsetTooLarge?: (text: string) => string;
	/** What a value of the type looks like, for messages. */
	readonly looksLike: string;
}

/** White space as ECMAScript's `trim` takes it. */
const whiteSpace =
	' \t\n\r\v\f\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF';

/** True where a text starts and ends with a printable ASCII character: nothing to trim, and cheap to tell. */
export const isTidy = (text: string): string =>
	`(ord(${text}) between 33 and 126 and ord(${text}[-1]) between 33 and 126)`;

/** A text without white space around it; null where nothing is left. */
export const trimmed = (text: string): string =>
	`case when ${isTidy(text)} then ${text} else nullif(trim(${text}, '${whiteSpace}'), '') end`;

const matches = (pattern: string) => (text: string) => `regexp_full_match(${text}, '${pattern}')`;

const decimalPattern = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const datePattern = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const isoPattern = `${datePattern}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\\s*([Zz]|[+-][0-9]{2}(:?[0-5][0-9])?)?)?`;
const epochPattern = '[0-9]+(\\.[0-9]+)?';

/** From here on an epoch is in milliseconds: as seconds it would be after the year 5000. */
const firstMillisecondEpoch = '100000000000';

/** An ISO text without white space before its offset. */
const offsetJoined = (text: string) => `regexp_replace(${text}, '\\s+([Zz+-])', '\\1')`;
/** The instant of an ISO text, seconds left out or a decimal comma included; UTC where it has no offset. */
const isoInstant = (text: string) =>
	`try_cast(replace(regexp_replace(${offsetJoined(text)}, '^(.{10}[T ][0-9]{2}:[0-9]{2})([^:0-9]|$)', '\\1:00\\2'), ',', '.') as timestamptz)`;
/** A pattern of an offset beyond ±14:00 at the end of a time. */
export const farOffset = '[+-](14:?(0[1-9]|[1-5][0-9])|(1[5-9]|[2-9][0-9])(:?[0-9]{2})?)$';
/** Whether a well-formed ISO text has an offset beyond ±14:00; the colon before it tells it from a date's day. */
const isOffsetTooLarge = (text: string) => `(${text}[-1] <> 'Z' and regexp_matches(${text}, ':.*${farOffset}'))`;
/** The same as a time in UTC. A text that ends in Z, as nearly all do, takes a shorter way; what that can't read goes the other. */
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
			then case when ${matches(decimalPattern)(value)} then try_cast(${writtenOut(value)} as decimal(12,2)) end
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

/** The typing of a field; every type that a source field can have has one. */
export function fieldTyping(field: Field): Typing {
	const typing = typings[field.type];
	if (!typing) throw new Error(`no source field can be of type ${field.type}`);
	return typing;
}

/**
 * The select list of a dataset's typed columns, from columns that hold the texts of its fields under their names.
 * `tidy` says that no text has white space around it or is empty.
 */
export function typedColumns(fields: Readonly<Record<string, Field>>, tidy: boolean): string {
	return Object.entries(fields)
		.map(([name, field]) => {
			const text = identifier(name);
			return `${fieldTyping(field).cast(tidy ? text : `(${trimmed(text)})`)} as ${text}`;
		})
		.join(', ');
}
