import { instantSql, localTimeSql } from '../../platform/duckdb/zone-sql';
import { isoPattern, readIsoTime } from '../../platform/iso-time';
import { instantOf, localTime, utc } from '../../platform/time-zone';
import type { Typing } from './typing';

/** A pattern of an offset beyond ±14:00 at the end of a time. */
export const farOffset = '[+-](14:?(0[1-9]|[1-5][0-9])|(1[5-9]|[2-9][0-9])(:?[0-9]{2})?)$';
/** The same in a whole text: the colon before the offset tells it apart from the day of a date. */
export const farOffsetOfTime = `:[^+-]*${farOffset}`;

const epochPattern = '[0-9]+(\\.[0-9]+)?';
const isEpoch = new RegExp(`^${epochPattern}$`);
/** An epoch of at least this is in milliseconds: in seconds it would be after the year 5000. */
const firstMillisecondEpoch = 100_000_000_000n;

/** An ISO text without white space before its offset. */
const offsetJoined = (text: string) => `regexp_replace(${text}, '\\s+([Zz+-])', '\\1')`;
/** The instant of an ISO text, also without seconds or with a decimal comma; UTC if it has no offset. */
const isoInstant = (text: string) =>
	`try_cast(replace(regexp_replace(${offsetJoined(text)}, '^(.{10}[T ][0-9]{2}:[0-9]{2})([^:0-9]|$)', '\\1:00\\2'), ',', '.') as timestamptz)`;
/** The same as a time in UTC. Nearly all texts end in Z and take a fast path; the rest, or a failed cast, takes the slow one. */
const utcTime = (text: string) =>
	`coalesce(case when ${text}[-1] = 'Z' then try_cast(${text} as timestamp) end, timezone('UTC', ${isoInstant(text)}))`;
/** True of an ISO text with an offset. */
const hasOffset = (text: string) => `(${text}[-1] = 'Z' or regexp_matches(${text}, ':[^+-]*[+-]'))`;
/** The instant of an ISO text, as a time in UTC; without an offset it is a time in the zone. */
const instantIn = (timeZone: string, text: string) =>
	timeZone === utc
		? utcTime(text)
		: `case when ${hasOffset(text)} then ${utcTime(text)} else ${instantSql(timeZone, utcTime(text))} end`;
/** The time that an ISO text is in the zone. */
const localTimeIn = (timeZone: string, text: string) =>
	timeZone === utc
		? utcTime(text)
		: `case when ${hasOffset(text)} then ${localTimeSql(timeZone, utcTime(text))} else ${utcTime(text)} end`;

const parseInstant = (timeZone: string, text: string): number => {
	const time = readIsoTime(text);
	if (time === undefined) return Number.NaN;
	return time.hasOffset ? time.ms : instantOf(timeZone, time.ms);
};
const parseLocalTime = (timeZone: string, text: string): number => {
	const time = readIsoTime(text);
	if (time === undefined) return Number.NaN;
	return time.hasOffset ? localTime(timeZone, time.ms) : time.ms;
};

const epochTime = (text: string) => {
	const exact = `try_cast(${text} as decimal(24,6))`;
	const micros = `${exact} * case when abs(${exact}) >= ${firstMillisecondEpoch} then 1000 else 1000000 end`;
	return `make_timestamp(try_cast(trunc(${micros}) as bigint))`;
};
/** Maximum digits of an epoch before its point, and the last microsecond, that the types in `epochTime` hold. */
const epochDigits = 18;
const lastMicro = 2n ** 63n - 1n;
const million = 1_000_000n;

function parseEpoch(text: string): number {
	const [whole = '', fraction = ''] = text.split('.');
	if (whole.replace(/^0+/, '').length > epochDigits) return Number.NaN;
	// In millionths of the unit, rounded half up.
	const millionths =
		BigInt(whole) * million + BigInt(fraction.slice(0, 6).padEnd(6, '0')) + (Number(fraction[6] ?? 0) >= 5 ? 1n : 0n);
	const micros = millionths >= firstMillisecondEpoch * million ? millionths / 1000n : millionths;
	return micros > lastMicro ? Number.NaN : Number(micros / 1000n);
}

/** A calendar date, or an ISO time, whose date in the zone counts. */
export const date = (timeZone = utc): Typing => ({
	pattern: isoPattern,
	looksLike: 'a date that exists, as YYYY-MM-DD or an ISO timestamp',
	cast: (text) =>
		`case when length(${text}) = 10 then try_cast(${text} as date) else cast(${localTimeIn(timeZone, text)} as date) end`,
	parse: (text) => parseLocalTime(timeZone, text),
	hasOffset: true,
});

/** The same with the time of day, in the zone. */
export const localDateTime = (timeZone = utc): Typing => ({
	...date(timeZone),
	cast: (text) => localTimeIn(timeZone, text),
});

/** A moment in UTC, from an ISO time or an epoch. */
export const timestamp = (timeZone = utc): Typing => ({
	pattern: `${isoPattern}|${epochPattern}`,
	looksLike: 'a time, as ISO 8601 or epoch seconds or milliseconds',
	cast: (text) =>
		`case when regexp_full_match(${text}, '${epochPattern}') then ${epochTime(text)} else ${instantIn(timeZone, text)} end`,
	parse: (text) => (isEpoch.test(text) ? parseEpoch(text) : parseInstant(timeZone, text)),
	hasOffset: true,
});
