/** A time parsed from an ISO text. */
export interface IsoTime {
	/** Milliseconds from 1970-01-01 in UTC; finer digits are cut off. */
	readonly ms: number;
	/** The offset in the text, in minutes ahead of UTC; 0 without one. */
	readonly offsetMinutes: number;
	readonly hasOffset: boolean;
}

/** The largest offset from UTC anywhere, in minutes. */
export const largestOffset = 14 * 60;

/** The pattern of a whole ISO text that `readIsoTime` parses, for RE2 and JavaScript alike; the time may not exist. */
export const isoPattern =
	'([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?:[\\t\\n\\f\\r ]*(?:(Z)|([+-])([0-9]{2})(?::?([0-5][0-9]))?))?)?';
const wholeText = new RegExp(`^${isoPattern}$`);

/**
 * Parses an ISO date (its midnight), or a date and time of day: seconds are optional, white space may precede the offset,
 * and without an offset it is UTC. Undefined for any other text, or for a date or time that does not exist; 24:00 is the
 * end of the day. Callers check the offset against `largestOffset`.
 *
 * The same as the SQL of `contracts/types/times.ts`.
 */
export function readIsoTime(text: string): IsoTime | undefined {
	const found = wholeText.exec(text);
	if (!found) return undefined;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
		.slice(1, 7)
		.map((part) => Number(part ?? 0));
	const [, , , , , , , fraction = '', zulu, sign, offsetHours = '0', offsetMinutes = '0'] = found;
	const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
	const date = new Date(midnight);
	if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
	const isEndOfDay = hour === 24 && minute === 0 && second === 0 && Number(fraction) === 0;
	if (minute > 59 || second > 59 || (hour > 23 && !isEndOfDay)) return undefined;
	const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
	const thousandths = Number(fraction.slice(0, 3).padEnd(3, '0'));
	return {
		ms: midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + thousandths,
		offsetMinutes: offset,
		hasOffset: zulu !== undefined || sign !== undefined,
	};
}
