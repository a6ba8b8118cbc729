import { goldTables } from '../contracts';
import type { Snapshot } from '../lake';
import { isDate } from '../platform/dates';
import { UsageError } from '../platform/errors';

/** The dates of a report, both ends included, and those of all orders in the lake. */
export interface ReportRange {
	readonly from: string;
	readonly to: string;
	/** The dates of the first and of the newest order; null if the lake has none. */
	readonly oldest: string | null;
	readonly newest: string | null;
}

/** How many dates a report covers by default. */
export const usualDays = 28;
/** Ten years and the leap days: a longer page is of no use. */
const mostDays = 3653;
const dayMs = 24 * 3600_000;

/**
 * The dates of a report: those that are asked for, without dates at either end of which the lake can't know anything yet.
 * By default the 28 days up to `to`, and `to` is the newest order date. Throws UsageError for more than ten years.
 */
export async function decideRange(
	snapshot: Snapshot,
	asked: { readonly from?: string | undefined; readonly to?: string | undefined },
	now: Date,
): Promise<ReportRange> {
	const { partitions } = await snapshot.table(goldTables.order_kpis.name);
	const dates = Object.keys(partitions).filter(isDate).sort();
	const [oldest = null, newest = null] = [dates[0], dates.at(-1)];
	const end = newest ?? now.toISOString().slice(0, 10);
	const wantedTo = asked.to ?? later(end, asked.from ?? end);
	const to = (asked.from ?? end) > end ? wantedTo : earlier(wantedTo, end);
	const wantedFrom = asked.from ?? addDays(to, 1 - usualDays);
	const from = oldest !== null && oldest <= to ? later(wantedFrom, oldest) : wantedFrom;
	const days = countDays({ from, to });
	if (days > mostDays) {
		throw new UsageError(`--from ${from} --to ${to} are ${days} days. Give a range of at most ${mostDays} days.`);
	}
	return { from, to, oldest, newest };
}

const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);

/** The date some days later, or earlier if `days` is negative. */
export const addDays = (date: string, days: number): string =>
	new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10);

/** The number of dates in a range, both ends included. */
export const countDays = ({ from, to }: Pick<ReportRange, 'from' | 'to'>): number =>
	(Date.parse(to) - Date.parse(from)) / dayMs + 1;
