const dayMs = 86_400_000;
/** A date as DuckDB writes it: years before 1 are counted back from 1, and marked. */
const written = /^(\d{4,})-(\d\d)-(\d\d)( \(BC\))?$/;

/**
 * The date that lies `days` after a date (before it where negative). Dates are `YYYY-MM-DD`; the year before 0001 is
 * `0001-MM-DD (BC)`, as DuckDB writes it. Throws RangeError where the text is not a date.
 */
export function plusDays(date: string, days: number): string {
	const [, year, month, day, isBefore] = written.exec(date) ?? [];
	const start = new Date(0);
	start.setUTCFullYear(isBefore ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
	return formatDate(new Date(start.getTime() + days * dayMs));
}

function formatDate(date: Date): string {
	const year = date.getUTCFullYear();
	const rest = date.toISOString().slice(-20, -14);
	return year > 0 ? `${padded(year)}${rest}` : `${padded(1 - year)}${rest} (BC)`;
}

const padded = (year: number): string => String(year).padStart(4, '0');

/** The `count` calendar days up to a date, itself included, oldest first. */
export function daysUpTo(date: string, count: number): string[] {
	return Array.from({ length: count }, (_, index) => plusDays(date, index + 1 - count));
}
