import type { Field } from '../../contracts';
import { readIsoTime } from '../../platform/iso-time';

/**
 * The value of a field's text as a number that its rules can compare: whole numbers as they are, amounts in cents, times
 * as the UTC date's count of days from 1970-01-01, texts as nothing but 0. Undefined where the text does not fit the type.
 *
 * The same as the SQL of `contracts/typing.ts`, whose casts ingestion uses.
 */
export function comparable(type: Field['type'], text: string): number | undefined {
	switch (type) {
		case 'string':
			return 0;
		case 'int':
			return wholeNumber(text);
		case 'decimal(12,2)':
			return cents(text);
		case 'timestamp':
			return epochPattern.test(text) ? dayOfEpoch(text) : dayOfIso(text);
		default:
			throw new Error(`no field of an event is of type ${type}`);
	}
}

/** What a limit of a field's rules is in the unit of `comparable`. */
export const scaledLimit = (type: Field['type'], limit: number): number =>
	type === 'decimal(12,2)' ? limit * 100 : limit;

const epochPattern = /^[0-9]+(\.[0-9]+)?$/;
const secondsPerDay = 86_400;
const largestInt = 2 ** 31 - 1;

function wholeNumber(text: string): number | undefined {
	if (!/^[+-]?[0-9]+(\.0*)?$/.test(text)) return undefined;
	const number = Number.parseInt(text, 10);
	return number <= largestInt && number >= -largestInt - 1 ? number : undefined;
}

/** Digits before the point that an amount may have. */
const wholeDigits = 10;

/** An amount in whole cents, rounded half away from zero. */
function cents(text: string): number | undefined {
	const [, sign, whole = '', fraction = '', only = '', exponent = '0'] =
		/^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
	if (sign === undefined) return undefined;
	const digits = `${whole}${fraction}${only}`.replace(/^0+/, '');
	if (digits === '') return 0;
	// The amount is 0.digits × 10^power.
	const power = digits.length - fraction.length - only.length + Number(exponent);
	if (power > wholeDigits) return undefined;
	const kept = power + 2;
	if (kept < 0) return 0;
	const rounded = Number(digits.slice(0, kept).padEnd(kept, '0')) + (Number(digits[kept] ?? 0) >= 5 ? 1 : 0);
	if (rounded >= 10 ** (wholeDigits + 2)) return undefined;
	return sign === '-' && rounded > 0 ? -rounded : rounded;
}

/** From here on an epoch is in milliseconds, as `contracts/typing.ts` has it. */
const firstMillisecondEpoch = 100_000_000_000n;
const microsPerUnit = 1_000_000n;
/** The last microsecond that a time can be. */
const lastMicro = 2n ** 63n - 1n;

function dayOfEpoch(text: string): number | undefined {
	const [whole = '', fraction = ''] = text.split('.');
	if (whole.replace(/^0+/, '').length > 18) return undefined;
	// In millionths of the unit, rounded half up.
	const millionths =
		BigInt(whole) * microsPerUnit +
		BigInt(fraction.slice(0, 6).padEnd(6, '0')) +
		(Number(fraction[6] ?? 0) >= 5 ? 1n : 0n);
	const isMilliseconds = millionths >= firstMillisecondEpoch * microsPerUnit;
	const micros = isMilliseconds ? millionths / 1000n : millionths;
	return micros > lastMicro ? undefined : Number(micros / (microsPerUnit * BigInt(secondsPerDay)));
}

function dayOfIso(text: string): number | undefined {
	const time = readIsoTime(text);
	return time && Math.floor(time.ms / 1000 / secondsPerDay);
}
