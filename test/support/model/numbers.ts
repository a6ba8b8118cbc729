/** A decimal number as `digits` ÷ 10^`scale`, exactly as it is written. */
export interface Decimal {
	readonly digits: bigint;
	readonly scale: number;
}

/** Reads decimal text, with or without an exponent; undefined where it is none. */
export function readDecimal(text: string): Decimal | undefined {
	const [, sign, whole, fraction = '', exponent = '0'] =
		/^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
	if (whole === undefined) return undefined;
	const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
	const scale = fraction.length - Number(exponent);
	return scale >= 0 ? { digits, scale } : { digits: digits * power(-scale), scale: 0 };
}

/** A number as its shortest decimal text: a whole one as its integer. */
export function plainText({ digits, scale }: Decimal): string {
	const text = scale === 0 ? String(digits) : decimalText(digits, scale).replace(/\.?0+$/, '');
	return text === '-0' ? '0' : text;
}

/** `numerator` ÷ `denominator` as a whole number, a half rounded away from zero. */
export function halfUp(numerator: bigint, denominator: bigint): bigint {
	const negative = numerator < 0n !== denominator < 0n;
	const [n, d] = [magnitude(numerator), magnitude(denominator)];
	const rounded = (2n * n + d) / (2n * d);
	return negative ? -rounded : rounded;
}

/** A number of 10^-`scale` units as text in full scale: `decimalText(5n, 2)` is `0.05`. */
export function decimalText(units: bigint, scale: number): string {
	const digits = magnitude(units)
		.toString()
		.padStart(scale + 1, '0');
	const point = digits.length - scale;
	return `${units < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** `numerator` ÷ `denominator` to `scale` places, half-up, as text. */
export const ratioText = (numerator: bigint, denominator: bigint, scale: number): string =>
	decimalText(halfUp(numerator * power(scale), denominator), scale);

/** The whole cents of an amount. */
export const toCents = (amount: Decimal): bigint => halfUp(amount.digits * 100n, power(amount.scale));
/** An amount of cents as text: `12.30`. */
export const moneyText = (cents: bigint): string => decimalText(cents, 2);
/** The cents of an amount that is written with two places. */
export const centsOfText = (text: string): bigint => BigInt(text.replace('.', ''));

export const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
export const power = (exponent: number): bigint => 10n ** BigInt(exponent);
export const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** Twice the median, which is whole wherever the values are; of no values undefined. */
export function twiceMedian(values: readonly bigint[]): bigint | undefined {
	const ordered = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
	const low = ordered[Math.floor((ordered.length - 1) / 2)];
	const high = ordered[Math.floor(ordered.length / 2)];
	return low === undefined || high === undefined ? undefined : low + high;
}
