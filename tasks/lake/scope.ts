import { lookUp } from '../platform/look-up';
import type { Snapshot } from '.';

/** Which part of what is stale a task takes on. */
export type Scope =
	| { readonly kind: 'all' }
	| { readonly kind: 'batch'; readonly batch: string }
	/** Both ends included. */
	| { readonly kind: 'dates'; readonly from: string; readonly to: string };

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
	const listManifests = (prefix: string) =>
		Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => snapshot.table(name)));
	const [recordSets, silver] = await Promise.all([listManifests(recordSetPrefix), listManifests('silver_')]);
	const inhabited = new Set<string>();
	const dates = new Set<string>();
	const runs = new Set<string>();
	for (const [date, entry] of recordSets.flatMap(({ partitions }) => Object.entries(partitions))) {
		inhabited.add(date);
		if (lookUp(entry.labels, batch) === undefined) continue;
		dates.add(date);
		runs.add(entry.version);
	}
	for (const [date, { version }] of silver.flatMap(({ partitions }) => Object.entries(partitions))) {
		inhabited.add(date);
		if (runs.has(version)) dates.add(date);
	}
	return (date) => dates.has(date) || !inhabited.has(date);
}
