import { lookUp } from '../platform/look-up';
import type { Snapshot } from '.';
import { recordsTable } from './layout';

/** Which stale dates a task works on. */
export type Scope =
	| { readonly kind: 'all' }
	| { readonly kind: 'batch'; readonly batch: string }
	/** Both ends included. */
	| { readonly kind: 'dates'; readonly from: string; readonly to: string };

/**
 * Selects the candidates (dates, `YYYY-MM-DD`) within a scope, in their order.
 *
 * A batch's dates are those with records of it, those that the same `clean` rewrote (an order that moves leaves no record
 * of the batch on its old date), and those without any records left.
 */
export async function selectDates(snapshot: Snapshot, scope: Scope, candidates: readonly string[]): Promise<string[]> {
	if (scope.kind === 'all') return [...candidates];
	if (scope.kind === 'dates') return candidates.filter((date) => date >= scope.from && date <= scope.to);
	const dates = await batchDateFilter(snapshot, scope.batch);
	return candidates.filter(dates);
}

async function batchDateFilter(snapshot: Snapshot, batch: string): Promise<(date: string) => boolean> {
	const names = Object.keys(snapshot.head.tables);
	const listManifests = (prefix: string) =>
		Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => snapshot.table(name)));
	const [histories, silver] = await Promise.all([listManifests(recordsTable('')), listManifests('silver_')]);
	const occupied = new Set<string>();
	const dates = new Set<string>();
	const runs = new Set<string>();
	for (const [date, entry] of histories.flatMap(({ partitions }) => Object.entries(partitions))) {
		occupied.add(date);
		if (lookUp(entry.labels, batch) === undefined) continue;
		dates.add(date);
		runs.add(entry.version);
	}
	for (const [date, { version }] of silver.flatMap(({ partitions }) => Object.entries(partitions))) {
		occupied.add(date);
		if (runs.has(version)) dates.add(date);
	}
	return (date) => dates.has(date) || !occupied.has(date);
}
