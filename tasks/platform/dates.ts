/** Whether a text is an existing date, as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
	const date = new Date(`${text}T00:00:00Z`);
	return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The dates of an interval, both ends included, in order. */
export function listDates({ from, to }: { readonly from: string; readonly to: string }): string[] {
	const dates: string[] = [];
	for (let day = Date.parse(from); day <= Date.parse(to); day += 24 * 3600_000) {
		dates.push(new Date(day).toISOString().slice(0, 10));
	}
	return dates;
}
