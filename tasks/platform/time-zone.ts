/** The zone of days where none is set. */
export const utc = 'UTC';

const namesOfUtc = /^(UTC|Etc\/(UTC|UCT|Universal|Zulu|Greenwich|GMT([+-]?0)?))$/;
/** An area and a place, as the IANA database names zones: abbreviations such as `CET` mean several. */
const zoneName = /^[A-Z][A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/;

/** The zone of a name, `UTC` for every name of UTC; undefined if there is none. */
export function findTimeZone(name: string): string | undefined {
	if (namesOfUtc.test(name)) return utc;
	if (!zoneName.test(name)) return undefined;
	try {
		formatterOf(name);
		return name;
	} catch {
		return undefined;
	}
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for a zone that this machine does not know. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
	const known = formatters.get(timeZone);
	if (known) return known;
	const numeric = 'numeric' as const;
	const formatter = new Intl.DateTimeFormat('en-US', {
		...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', era: 'short' },
		...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
	});
	formatters.set(timeZone, formatter);
	return formatter;
}

/** The local time of an instant in a zone. Both are milliseconds since 1970; a local time counts as if it were UTC. */
export function localTime(timeZone: string, instant: number): number {
	if (timeZone === utc) return instant;
	const fraction = ((instant % 1000) + 1000) % 1000;
	const parts = new Map(
		formatterOf(timeZone)
			.formatToParts(instant - fraction)
			.map(({ type, value }) => [type, value]),
	);
	const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
	const year = parts.get('era')?.startsWith('B') ? 1 - part('year') : part('year');
	const date = new Date(0);
	date.setUTCFullYear(year, part('month') - 1, part('day'));
	return date.setUTCHours(part('hour'), part('minute'), part('second')) + fraction;
}

const hourMs = 3600_000;
/** No zone is further behind UTC, and none further ahead. */
const mostBehind = 12 * hourMs;
const mostAhead = 14 * hourMs;

/**
 * The instant of a local time in a zone, in milliseconds as `localTime` counts them. Of a time that occurs twice it is the
 * later one; a time that clocks skip is as much later as they skip. DuckDB's `timezone` does the same.
 */
export function instantOf(timeZone: string, local: number): number {
	if (timeZone === utc || !Number.isFinite(local)) return local;
	const offsetAt = (instant: number) => localTime(timeZone, instant) - instant;
	// The offsets before and after any change of the clocks that is near.
	const [before, after] = [local - offsetAt(local - mostAhead), local - offsetAt(local + mostBehind)];
	const instants = [before, after].filter((instant) => localTime(timeZone, instant) === local);
	return instants.length === 0 ? before : Math.max(...instants);
}
