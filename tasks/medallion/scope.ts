import type { Snapshot } from '../lake';
import { UsageError } from '../shared/errors';

/** Which part of what is stale a task takes on. */
export type Scope =
	| { readonly kind: 'all' }
	| { readonly kind: 'batch'; readonly batch: string }
	/** Both ends included. */
	| { readonly kind: 'dates'; readonly from: string; readonly to: string };

/** The scope that a command's flags say; throws UsageError where they contradict each other or are no dates. */
export function scopeOf(flags: {
	readonly batch?: string | undefined;
	readonly from?: string | undefined;
	readonly to?: string | undefined;
}): Scope {
	const { batch, from, to } = flags;
	if (batch !== undefined) {
		if (from !== undefined || to !== undefined) throw new UsageError('Say either --batch or --from and --to.');
		return { kind: 'batch', batch };
	}
	if (from === undefined && to === undefined) return { kind: 'all' };
	for (const [flag, date] of [
		['--from', from],
		['--to', to],
	] as const) {
		if (date === undefined) throw new UsageError(`${flag} is missing: --from and --to go together, both included.`);
		if (!isDate(date)) throw new UsageError(`${flag} ${date} is no date; write it as 2026-11-20.`);
	}
	if (String(from) > String(to)) throw new UsageError(`--from ${from} is later than --to ${to}.`);
	return { kind: 'dates', from: String(from), to: String(to) };
}

const isDate = (text: string): boolean =>
	/^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.slice(0, 10) === text;

/** Every internal table whose partitions say how many records of which batch they hold is named so. */
const recordSetPrefix = 'records_';

/**
 * The candidates (dates, `YYYY-MM-DD`) that lie in a scope, in their order.
 *
 * A batch's dates are those that hold records of it, those that the same `clean` rewrote (an order that moved away
 * leaves its old date without a record of the batch), and those that hold no records at all any more.
 */
export async function datesIn(snapshot: Snapshot, scope: Scope, candidates: readonly string[]): Promise<string[]> {
	if (scope.kind === 'all') return [...candidates];
	if (scope.kind === 'dates') return candidates.filter((date) => date >= scope.from && date <= scope.to);
	const dates = await datesOfBatch(snapshot, scope.batch);
	return candidates.filter(dates);
}

async function datesOfBatch(snapshot: Snapshot, batch: string): Promise<(date: string) => boolean> {
	const names = Object.keys(snapshot.head.tables);
	const manifestsOf = (prefix: string) =>
		Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => snapshot.table(name)));
	const [recordSets, silver] = await Promise.all([manifestsOf(recordSetPrefix), manifestsOf('silver_')]);
	const inhabited = new Set<string>();
	const dates = new Set<string>();
	const runs = new Set<string>();
	for (const [date, entry] of recordSets.flatMap(({ partitions }) => Object.entries(partitions))) {
		inhabited.add(date);
		if (entry.labels?.[batch] === undefined) continue;
		dates.add(date);
		runs.add(entry.version);
	}
	for (const [date, { version }] of silver.flatMap(({ partitions }) => Object.entries(partitions))) {
		inhabited.add(date);
		if (runs.has(version)) dates.add(date);
	}
	return (date) => dates.has(date) || !inhabited.has(date);
}
