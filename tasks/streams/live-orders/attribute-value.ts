import { withoutFinalZeros } from '../../platform/final-zeros';

/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The value of a DynamoDB attribute as a stream has it (`{"N": "3"}`) in plain JSON. Sets become lists, binary values
 * stay base64. A number that a double can't hold (more than its 15 to 17 digits, or beyond its range) stays text.
 * Throws TypeError where it is no attribute.
 */
export function plainValue(attribute: unknown): Json {
	const [type, value] = onlyEntry(attribute);
	switch (type) {
		case 'S':
		case 'B':
			return toText(type, value);
		case 'N':
			return toNumber(value);
		case 'BOOL':
			if (typeof value !== 'boolean') throw unfit(type, value);
			return value;
		case 'NULL':
			return null;
		case 'SS':
		case 'BS':
			return toList(type, value).map((one) => toText(type, one));
		case 'NS':
			return toList(type, value).map(toNumber);
		case 'L':
			return toList(type, value).map(plainValue);
		case 'M':
			return plainItem(value);
		default:
			throw new TypeError(`${type} is no type of DynamoDB`);
	}
}

/** A DynamoDB item (attributes by name) in plain JSON; see `plainValue`. */
export function plainItem(item: unknown): { readonly [name: string]: Json } {
	if (!isObject(item)) throw unfit('M', item);
	return Object.fromEntries(Object.entries(item).map(([name, attribute]) => [name, plainValue(attribute)]));
}

function toNumber(value: unknown): number | string {
	const text = toText('N', value);
	const number = Number(text);
	if (text.trim() === '' || !/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(text) || Number.isNaN(number)) throw unfit('N', value);
	return Number.isFinite(number) && normalizeDigits(String(number)) === normalizeDigits(text) ? number : text;
}

/** The digits of a decimal number and the power of ten of the last one: the same for all spellings of one number. */
function normalizeDigits(text: string): string {
	const [, sign = '', whole = '', fraction = '', exponent = '0'] =
		/^([-+]?)(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(text) ?? [];
	const digits = `${whole}${fraction}`.replace(/^0+/, '');
	const significant = withoutFinalZeros(digits);
	if (significant === '') return '0';
	const power = Number(exponent) - fraction.length + (digits.length - significant.length);
	return `${sign === '-' ? '-' : ''}${significant}e${power}`;
}

function toText(type: string, value: unknown): string {
	if (typeof value !== 'string') throw unfit(type, value);
	return value;
}

function toList(type: string, value: unknown): readonly unknown[] {
	if (!Array.isArray(value)) throw unfit(type, value);
	return value;
}

function onlyEntry(attribute: unknown): [string, unknown] {
	const entries = isObject(attribute) ? Object.entries(attribute) : [];
	const [entry] = entries;
	if (!entry || entries.length !== 1) throw new TypeError(`${JSON.stringify(attribute)} is no attribute of DynamoDB`);
	return entry;
}

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const unfit = (type: string, value: unknown) =>
	new TypeError(`${JSON.stringify(value)?.slice(0, 100)} is no value of DynamoDB's type ${type}`);
