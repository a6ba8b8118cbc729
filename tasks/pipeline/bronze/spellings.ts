import type { Field, SqlType } from '../../contracts';
import { literal } from '../../platform/duckdb/quote';
import { instantSql, localTimeSql } from '../../platform/duckdb/zone-sql';
import { mostFrequent } from '../../platform/most-frequent';

/** How values of a type are written: SQL from text to value and back. A text that another value has too is not spelled so. */
export interface Spelling {
	/** SQL of the value of a text; null if the text is not one. */
	readonly read: (text: string) => string;
	/** SQL of the text of a value. */
	readonly write: (value: string) => string;
	/** SQL that is true if a text can be of this spelling; `read` and `write` alone decide where it is undefined. */
	readonly fits?: (text: string) => string;
}

const castTo =
	(type: string) =>
	(text: string): string =>
		`try_cast(${text} as ${type})`;
const asText = (value: string) => `cast(${value} as varchar)`;
/** A decimal text without zeros at its end: `12.5`, `3`. */
const withoutFinalZeros = (value: string) => `rtrim(rtrim(${asText(value)}, '0'), '.')`;

/** Instants by strftime's letters, UTC. */
const instant = (format: string): Spelling => ({
	read: castTo('timestamp'),
	write: (value) => `strftime(${value}, ${literal(format)})`,
	// Years have four digits, and words such as `infinity` are not times.
	fits: (text) => `strlen(${text}) = ${instantLength(format)}`,
});

/**
 * The same with a zone: of a date, whose value is a local time there, the text is in UTC; of a time, whose value is in UTC,
 * the text is a local time.
 */
const zonedInstant = (type: SqlType, timeZone: string, format: string): Spelling => {
	const { read, write, fits } = instant(format);
	const [fromText, toText] = type === 'date' ? [localTimeSql, instantSql] : [instantSql, localTimeSql];
	return {
		read: (text) => fromText(timeZone, read(text)),
		write: (value) => write(toText(timeZone, value)),
		...(fits ? { fits } : {}),
	};
};

const instantLength = (format: string): number =>
	format
		.replace('%Y', '0000')
		.replace('%f', '000000')
		.replace('%g', '000')
		.replace(/%[a-zA-Z]/g, '00').length;

/** Whole seconds or milliseconds since 1970, as the rules of times tell them apart. */
const epoch = (zeros: string, shortest: number, longest: number): Spelling => ({
	// The microseconds of a number such as 5e14 would overflow; with the zeros, its exponent is out of any range.
	read: (text) => `make_timestamp(try_cast(concat(left(${text}, ${longest}), '${zeros}') as bigint))`,
	write: (value) => asText(`epoch_us(${value}) // 1${zeros}`),
	fits: (text) => `strlen(${text}) between ${shortest} and ${longest}`,
});
const epochSeconds = epoch('000000', 1, 11);
const epochMilliseconds = epoch('000', 12, 13);

/** The spelling of a field by its name in a record form. */
export function spelling({ type }: Pick<Field, 'type'>, name: string): Spelling {
	switch (type) {
		case 'string':
			return { read: (text) => text, write: (value) => value };
		case 'date':
		case 'timestamp':
			if (name === 'seconds') return epochSeconds;
			if (name === 'milliseconds') return epochMilliseconds;
			return spelledInstant(type, name);
		default:
			return { read: castTo(type), write: name === 'shortest' ? withoutFinalZeros : asText };
	}
}

/** The name of an instant's spelling is its format; before it stands the zone, where the value is not as the text says. */
const zonedName = /^([^%]+) (%.*)$/;

function spelledInstant(type: SqlType, name: string): Spelling {
	const [, timeZone, format] = zonedName.exec(name) ?? [];
	return timeZone === undefined || format === undefined ? instant(name) : zonedInstant(type, timeZone, format);
}

/** The name of the spelling that most texts of a field have. */
export function findSpelling({ type, timeZone }: Pick<Field, 'type' | 'timeZone'>, texts: readonly string[]): string {
	const name =
		mostFrequent(texts.flatMap((text) => spellingName(type, text) ?? [])) ?? (type === 'date' ? '%Y-%m-%d' : 'plain');
	const isConverted = name.startsWith('%') && hasZeroOffset.test(name) === (type === 'date');
	return timeZone !== undefined && isConverted ? `${timeZone} ${name}` : name;
}

const hasZeroOffset = /(Z|\+00:00)$/;

/** The spelling of a text; undefined if it could be of several. */
function spellingName(type: SqlType, text: string): string | undefined {
	switch (type) {
		case 'date':
			return instantFormat(text);
		case 'timestamp':
			return /^\d{1,13}$/.test(text) ? (text.length <= 11 ? 'seconds' : 'milliseconds') : instantFormat(text);
		case 'decimal(12,2)':
			return /\.\d\d$/.test(text) ? (text.endsWith('0') ? 'plain' : undefined) : 'shortest';
		case 'double':
			return text.includes('.') ? (text.endsWith('.0') ? 'plain' : undefined) : 'shortest';
		default:
			return undefined;
	}
}

/** An instant's text as strftime's letters; undefined if it is in no form that is kept typed. */
function instantFormat(text: string): string | undefined {
	const [date, time, space = '', fraction = '', offset = ''] =
		/^\d{4}-\d\d-\d\d(([T ])\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|\+00:00)?)?$/.exec(text) ?? [];
	if (date === undefined) return undefined;
	if (time === undefined) return '%Y-%m-%d';
	const digits = { 0: '', 4: '.%g', 7: '.%f' }[fraction.length];
	return `%Y-%m-%d${space}%H:%M:%S${digits}${offset}`;
}
