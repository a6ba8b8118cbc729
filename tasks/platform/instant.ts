import { UsageError } from './errors';
import { largestOffset, readIsoTime } from './iso-time';

/** Instants that a command takes: the years 1970 to 9999 of UTC. */
const first = Date.UTC(1970, 0, 1);
const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The instant of a date or an ISO time, in UTC where it has no offset. Throws UsageError that names the flag where the
 * text is none, tells a date or time that does not exist, or one before 1970 or after 9999.
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
		throw new UsageError(`${flag} '${text}' is not in the years 1970 to 9999 of UTC.`);
	}
	return new Date(time.ms);
}
