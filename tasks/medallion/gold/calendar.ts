const dayMs = 86_400_000;

/** The date that lies `days` after a date (before it where negative); dates are `YYYY-MM-DD`. */
export function plusDays(date: string, days: number): string {
	return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** The `count` calendar days up to a date, itself included, oldest first. */
export function daysUpTo(date: string, count: number): string[] {
	return Array.from({ length: count }, (_, index) => plusDays(date, index + 1 - count));
}
