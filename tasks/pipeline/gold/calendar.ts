const dayMs = 86_400_000;
/** A date as DuckDB writes it: years before 1 count backwards and end in `(BC)`. */
const duckdbDate = /^(\d{4,})-(\d\d)-(\d\d)( \(BC\))?$/;

/**
 * The date `days` after a date (before it where negative). Dates are `YYYY-MM-DD`; the year before 0001 is
 * `0001-MM-DD (BC)`, as DuckDB writes it. Throws RangeError where the text is not a date.
 */
export function plusDays(date: string, days: number): string {
	return formatDay(parseDay(date) + days);
}

/** The days from 1970-01-01 to a date; NaN where the text is not a date. */
function parseDay(date: string): number {
	const [, year, month, day, isBefore] = duckdbDate.exec(date) ?? [];
	const start = new Date(0);
	return start.setUTCFullYear(isBefore ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day)) / dayMs;
}

/** The texts of days. A day is in the windows of a month of dates, for each of which it would be written anew. */
const dayTexts = new Map<number, string>();

function formatDay(day: number): string {
	const known = dayTexts.get(day);
	if (known !== undefined) return known;
	const date = new Date(day * dayMs);
	const year = date.getUTCFullYear();
	const rest = date.toISOString().slice(-20, -14);
	const text = year > 0 ? `${padded(year)}${rest}` : `${padded(1 - year)}${rest} (BC)`;
	dayTexts.set(day, text);
	return text;
}

const padded = (year: number): string => String(year).padStart(4, '0');

/** The `count` calendar days up to a date, itself included, oldest first. */
export function daysUpTo(date: string, count: number): string[] {
	const last = parseDay(date);
	return Array.from({ length: count }, (_, index) => formatDay(last + index + 1 - count));
}
