import type { DailyTable, Finding } from './staleness';
import type { Target } from './write-table';

export type StaleDate = Extract<Finding, { kind: 'stale' }>;

/** Rows of Silver that are worked on at once: enough to share the work, few enough for the scratch disk. */
const rowsAtOnce = 4_000_000;

/** The dates that are stale for any table, oldest first, in portions of bounded size; a portion has at least one. */
export function datesInPortions(
	stale: readonly { readonly date: string }[],
	rowsOn: (date: string) => number,
): string[][] {
	const dates = [...new Set(stale.map(({ date }) => date))].sort();
	const portions: string[][] = [];
	let room = 0;
	for (const date of dates) {
		const rows = rowsOn(date);
		const last = portions.at(-1);
		if (last && rows <= room) last.push(date);
		else {
			portions.push([date]);
			room = rowsAtOnce;
		}
		room -= rows;
	}
	return portions;
}

/** The dates among these for which a table is stale. */
export function listTargets(stale: readonly StaleDate[], table: DailyTable, dates: readonly string[]): Target[] {
	return stale
		.filter((one) => one.table === table && dates.includes(one.date))
		.map(({ date, inputs }) => ({ partition: date, inputs }));
}
