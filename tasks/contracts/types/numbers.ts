import { hasExponent, withoutExponent } from '../number-text';
import type { Typing } from './typing';

const tryCast = (type: string) => (text: string) => `try_cast(${text} as ${type})`;

/** Takes linear time in a regular expression of JavaScript, which tries every way to split a run of digits. */
const decimalPattern = '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?';

/** A whole number of 32 bits. */
export const int: Typing = {
	pattern: '[+-]?[0-9]+(\\.0*)?',
	looksLike: 'a whole number of 32 bits, such as 3',
	cast: tryCast('int'),
	parse: (text) => {
		const number = Number(text);
		return number < 2 ** 31 && number >= -(2 ** 31) ? number : Number.NaN;
	},
};

/** A whole number of at most 15 digits, which a double holds exactly. */
export const bigint: Typing = {
	pattern: '-?[0-9]{1,15}(\\.0+)?',
	looksLike: 'a whole number',
	cast: tryCast('bigint'),
	parse: Number,
};

export const double: Typing = {
	pattern: decimalPattern,
	looksLike: 'a number, such as 4.5',
	cast: tryCast('double'),
	parse: Number,
};

/** A decimal of at most 15 digits, which a double holds exactly; nothing is rounded. */
export const exactDecimal: Typing = {
	pattern: '-?[0-9]{1,9}(\\.[0-9]{1,6})?',
	looksLike: 'an amount of at most 9 digits and 6 decimal places',
	cast: tryCast('decimal(15,6)'),
	parse: Number,
};

/** An amount of money, rounded half away from zero to cents. */
export const money: Typing = {
	pattern: decimalPattern,
	looksLike: 'a decimal number of at most 10 digits before the point, such as 12.50',
	// A cast from text rounds half away from zero and is exact.
	cast: (text) =>
		`case when ${hasExponent(text)}
			then case when regexp_full_match(${text}, '${decimalPattern}') then try_cast(${withoutExponent(text)} as decimal(12,2)) end
			else try_cast(${text} as decimal(12,2)) end`,
	parse: (text) => parseCents(text) / 100,
};

/** Maximum digits of an amount before its decimal point. */
const wholeDigits = 10;

/** An amount in whole cents; NaN if it is too large. */
function parseCents(text: string): number {
	const [mantissa = '', exponent = '0'] = text.replace(/^[+-]/, '').split(/[eE]/);
	const [whole = '', fraction = ''] = mantissa.split('.');
	const digits = `${whole}${fraction}`.replace(/^0+/, '');
	if (digits === '') return 0;
	// The amount is 0.digits × 10^power.
	const power = digits.length - fraction.length + Number(exponent);
	if (power > wholeDigits) return Number.NaN;
	const kept = power + 2;
	if (kept < 0) return 0;
	const rounded = Number(digits.slice(0, kept).padEnd(kept, '0')) + (Number(digits[kept] ?? 0) >= 5 ? 1 : 0);
	if (rounded >= 10 ** (wholeDigits + 2)) return Number.NaN;
	return text.startsWith('-') ? -rounded : rounded;
}
