import { withoutFinalZeros } from '../platform/final-zeros';
import type { Field } from './column';

/**
 * SQL of a number's text with its exponent expanded: DuckDB 1.5's own casts of such texts are sometimes wrong (8.5e-4
 * becomes 0.01). Exponents are clamped to ±99: beyond that any number is too large, or zero.
 */
export function withoutExponent(text: string): string {
	const parts = `regexp_extract(${text}, '^([+-]?)([0-9]*)\\.?([0-9]*)[eE]([+-]?[0-9]+)$', ['sign', 'whole', 'fraction', 'power'])`;
	const far = `case when starts_with(part.power, '-') then -99 else 99 end`;
	// The number of digits before the decimal point; negative if zeros follow the point.
	const point = `length(part.whole) + greatest(least(coalesce(try_cast(part.power as int), ${far}), 99), -99)`;
	const number = `{'sign': part.sign, 'digits': concat(part.whole, part.fraction), 'point': ${point}}`;
	const plain = `concat(number.sign, '0',
		substr(concat(number.digits, repeat('0', number.point - length(number.digits))), 1, greatest(number.point, 0)),
		'.', repeat('0', -number.point), substr(number.digits, 1 + greatest(number.point, 0)), '0')`;
	// Lambdas name the parts: written out each time, they would make a statement that takes longer to plan than to run.
	return letSql('number', letSql('part', parts, number), plain);
}

/** SQL of an expression in which a name stands for a value. */
const letSql = (name: string, value: string, expression: string): string =>
	`list_transform([${value}], lambda ${name}: ${expression})[1]`;

/** SQL that is true if a number's text has an exponent. */
export const hasExponent = (text: string) => `(contains(${text}, 'e') or contains(${text}, 'E'))`;

/**
 * Patterns of JSON numbers that `decimalText` rewrites, for the types where the spelling matters: `5001.0` and `5.001e3` are
 * the same id, and no integer or epoch has an exponent.
 */
const respelledNumbers: Partial<Record<Field['type'], string>> = {
	string: '-?[0-9]+(\\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)',
	int: '-?[0-9]+(\\.[0-9]+)?[eE][+-]?[0-9]+',
	timestamp: '-?[0-9]+(\\.[0-9]+)?[eE][+-]?[0-9]+',
};

/** SQL that is true if a field's text needs `decimalText` when it is a JSON number; undefined for other types. */
export function isNumberToRespell({ type }: Field, text: string): string | undefined {
	const pattern = respelledNumbers[type];
	return pattern && `regexp_full_match(${text}, '${pattern}')`;
}

/**
 * SQL of the canonical decimal text of a JSON number with a point or an exponent: without exponent, without redundant zeros,
 * a whole number as an integer. Unchanged if the exponent has three digits or more: no id and no time is such a number.
 */
export function decimalText(text: string): string {
	const plain = `case when ${hasExponent(text)} then ${withoutExponent(text)} else ${text} end`;
	const withoutFinalZeros = `regexp_replace(${plain}, '\\.0*$|(\\.[0-9]*[1-9])0*$', '\\1')`;
	const withoutFirstZeros = `regexp_replace(${withoutFinalZeros}, '^(-?)0+([0-9])', '\\1\\2')`;
	return `case when regexp_matches(${text}, '[eE][+-]?[0-9]{3}') then ${text} else regexp_replace(${withoutFirstZeros}, '^-0$', '0') end`;
}

/**
 * The text of a JSON number as ingestion reads it, for a field of a type; `isPlain` is false if it is a number that nobody
 * writes out. The same as `isNumberToRespell` and `decimalText` do in SQL.
 */
export function readNumber(json: string, type: Field['type']): { readonly text: string; readonly isPlain: boolean } {
	const text = numberText(json);
	const pattern = respelledNumbers[type];
	if (pattern === undefined || !new RegExp(`^(?:${pattern})$`).test(text)) return { text, isPlain: true };
	const plain = withoutPower(text);
	return { text: plain, isPlain: !/[eE]/.test(plain) };
}

/** A whole number with all of its digits, a number that a double may not hold as it is written, any other as DuckDB writes a double. */
function numberText(json: string): string {
	if (!/[.eE]/.test(json)) return json === '-0' ? '0' : json;
	if (/^-?[0-9.]+([0-9.]{16}|[eE][+-]?[0-9]{3})/.test(json)) return json;
	const number = Number(json);
	const text = Object.is(number, -0) ? '-0' : String(number);
	return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}

function withoutPower(text: string): string {
	const [, sign = '', whole = '', fraction = '', exponent = '0'] =
		/^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
	if (/^[+-]?[0-9]{3}/.test(exponent)) return text;
	const point = whole.length + Number(exponent);
	const digits = `${whole}${fraction}`.padStart(whole.length + fraction.length - Math.min(point, 0), '0');
	const places = withoutFinalZeros(digits.slice(Math.max(point, 0)));
	const units = digits.slice(0, Math.max(point, 0)).padEnd(point, '0').replace(/^0+/, '') || '0';
	const plain = places === '' ? units : `${units}.${places}`;
	return plain === '0' ? plain : `${sign}${plain}`;
}

/** A JSON string. */
const jsonString = '"(?:[^"\\\\]|\\\\.)*"';
/** An integer and the character after it; its digits are exact. */
const wholeNumber = '-?[0-9]+[\\s,}\\]]';
/** A JSON number that a double may not represent exactly: 16 digits or more, or a long exponent. */
const inexact = '-?(?:[0-9.]{17,}(?:[eE][+-]?[0-9]+)?|[0-9.]+[eE][+-]?[0-9]{3,})';
/** A cheap pattern for JSON texts that may have such a number; it rarely matches. */
export const mayBeInexact = '[:,\\[]\\s*-?[0-9.]+([0-9.]{16}|[eE][+-]?[0-9]{3})';
/** A character that never occurs in JSON text. */
const mark = 'chr(1)';

/**
 * SQL of a JSON text in which every number that a double may not represent exactly is quoted as a string, because DuckDB's
 * functions read numbers with a point or an exponent as doubles. Integers keep their digits anyway.
 */
export const quoteInexactNumbers = (json: string): string =>
	`case when regexp_matches(${json}, '${mayBeInexact}') then ${quoteMatches(json, inexact, [jsonString, wholeNumber])} else ${json} end`;

/** SQL of DuckDB's JSON of a value, with NaN and infinity, which JSON lacks, quoted as strings. */
export const quoteNonFinite = (json: string): string => quoteMatches(json, '-?(?:NaN|Infinity)', [jsonString]);

/** SQL of a JSON text in which matches of a pattern are quoted as strings, except within matches of `passedOver`. */
function quoteMatches(json: string, pattern: string, passedOver: readonly string[]): string {
	const marked = `regexp_replace(${json}, '(${passedOver.join('|')})|(${pattern})', '\\1' || ${mark} || '\\2' || ${mark}, 'g')`;
	return `replace(replace(${marked}, ${mark} || ${mark}, ''), ${mark}, '"')`;
}
