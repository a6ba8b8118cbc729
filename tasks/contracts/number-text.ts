import type { Field } from './column';

/**
 * The text of a number with an exponent, written out without it: DuckDB 1.5's own casts of such texts are wrong in places
 * (8.5e-4 becomes 0.01). Beyond a hundred places up or down a number is too large, or nothing, whatever its digits.
 */
export function withoutExponent(text: string): string {
	const part = (number: number) =>
		`regexp_extract(${text}, '^([+-]?)([0-9]*)\\.?([0-9]*)[eE]([+-]?[0-9]+)$', ${number})`;
	const [sign, whole, fraction, power] = [part(1), part(2), part(3), part(4)];
	const digits = `concat(${whole}, ${fraction})`;
	const far = `case when starts_with(${power}, '-') then -99 else 99 end`;
	// The point stands behind so many of the digits; before them where it is negative.
	const point = `(length(${whole}) + greatest(least(coalesce(try_cast(${power} as int), ${far}), 99), -99))`;
	return `concat(${sign}, '0', substr(concat(${digits}, repeat('0', ${point} - length(${digits}))), 1, greatest(${point}, 0)),
		'.', repeat('0', -${point}), substr(${digits}, 1 + greatest(${point}, 0)), '0')`;
}
/** True where a number's text has an exponent. */
export const hasExponent = (text: string) => `(contains(${text}, 'e') or contains(${text}, 'E'))`;

/**
 * What the text of a JSON number looks like where `decimalText` spells it otherwise, by the types for which the spelling
 * counts: `5001.0` and `5.001e3` are one id, and no whole number or epoch has an exponent.
 */
const respelledNumbers: Partial<Record<Field['type'], string>> = {
	string: '-?[0-9]+(\\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)',
	int: '-?[0-9]+(\\.[0-9]+)?[eE][+-]?[0-9]+',
	timestamp: '-?[0-9]+(\\.[0-9]+)?[eE][+-]?[0-9]+',
};

/** True where a field's text is to be spelt out if it is a JSON number; undefined where no text of the type is. */
export function isNumberToRespell({ type }: Field, text: string): string | undefined {
	const pattern = respelledNumbers[type];
	return pattern && `regexp_full_match(${text}, '${pattern}')`;
}

/**
 * The text of a JSON number with a point or an exponent, spelt out: without exponent, without zeros that say nothing, a
 * whole number as its integer. As it is where the exponent has three digits or more: no id and no time is such a number.
 */
export function decimalText(text: string): string {
	const plain = `case when ${hasExponent(text)} then ${withoutExponent(text)} else ${text} end`;
	const withoutFinalZeros = `regexp_replace(${plain}, '\\.0*$|(\\.[0-9]*[1-9])0*$', '\\1')`;
	const withoutFirstZeros = `regexp_replace(${withoutFinalZeros}, '^(-?)0+([0-9])', '\\1\\2')`;
	return `case when regexp_matches(${text}, '[eE][+-]?[0-9]{3}') then ${text} else regexp_replace(${withoutFirstZeros}, '^-0$', '0') end`;
}

/** A JSON string. */
const jsonString = '"(?:[^"\\\\]|\\\\.)*"';
/** A whole number with what ends it: one that keeps its digits. */
const wholeNumber = '-?[0-9]+[\\s,}\\]]';
/** A JSON number that a double may not hold as it is written: of 16 digits or more, or with a long exponent. */
const inexact = '-?(?:[0-9.]{17,}(?:[eE][+-]?[0-9]+)?|[0-9.]+[eE][+-]?[0-9]{3,})';
/** A pattern of what a JSON text with such a number has: cheap to look for, and rare. */
export const mayBeInexact = '[:,\\[]\\s*-?[0-9.]+([0-9.]{16}|[eE][+-]?[0-9]{3})';
/** A character that no JSON text has. */
const mark = 'chr(1)';

/**
 * SQL of a JSON text in which every number that a double may not hold stands as a string, because DuckDB's functions
 * read numbers with a point or an exponent as doubles. Integers keep their digits by themselves.
 */
export const quoteInexactNumbers = (json: string): string => quoteMatches(json, inexact, [jsonString, wholeNumber]);

/** SQL of the JSON that DuckDB makes of a value, in which NaN and infinity, which JSON does not have, are words. */
export const quoteNonFinite = (json: string): string => quoteMatches(json, '-?(?:NaN|Infinity)', [jsonString]);

/** SQL of a JSON text in which what matches a pattern is a string, unless it is part of what matches the others. */
function quoteMatches(json: string, pattern: string, passedOver: readonly string[]): string {
	const marked = `regexp_replace(${json}, '(${passedOver.join('|')})|(${pattern})', '\\1' || ${mark} || '\\2' || ${mark}, 'g')`;
	return `replace(replace(${marked}, ${mark} || ${mark}, ''), ${mark}, '"')`;
}
