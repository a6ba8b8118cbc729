import { UsageError } from './errors';
import { largestOffset, readIsoTime } from './iso-time';

/** The instants that commands accept: the years 1970 to 9999 in UTC. */
const first = Date.UTC(1970, 0, 1);
const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The instant of a date or an ISO time, in UTC if it has no offset. Throws UsageError, which names the flag, if the text is
 * anything else, or an instant that does not exist, or one before 1970 or after 9999.
 */
export function parseInstant(flag: string, text: string): Date {
	const time = readIsoTime(text.trim());
	if (time === undefined) {
		throw new UsageError(`${flag} '${text}' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).`);
	}
	if (Math.abs(time.offsetMinutes) > largestOffset) {
		throw new UsageError(`${flag} '${text}' has an offset of more than 14 hours; write it as 2026-11-20T06:00:00Z.`);
	}
	if (time.ms < first || time.ms > last) {
		throw new UsageError(`${flag} '${text}' is outside of the years 1970 to 9999 in UTC.`);
	}
	return new Date(time.ms);
}
