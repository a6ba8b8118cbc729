import { withoutFinalZeros } from '../../platform/final-zeros';

/**
 * The text of a JSON number as ingestion reads it: a whole number with all of its digits, a number that a double may not
 * hold as it is written, any other as DuckDB writes a double. The same as the SQL of `contracts/number-text.ts`.
 */
export function numberText(json: string): string {
	if (!/[.eE]/.test(json)) return json === '-0' ? '0' : json;
	if (/^-?[0-9.]+([0-9.]{16}|[eE][+-]?[0-9]{3})/.test(json)) return json;
	const number = Number(json);
	const text = Object.is(number, -0) ? '-0' : String(number);
	return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}

/** The text of a number without an exponent, as `decimalText` of `contracts/number-text.ts` does it in SQL. */
export function decimalText(text: string): string {
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
