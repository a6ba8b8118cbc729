import type { FileRef, PartitionEntry, Snapshot } from '../../lake';
import { datesIn, type Scope } from '../../lake/scope';

/**
 * The lake's own table about what lies in DynamoDB, one partition a date. Of an entry,
 * `version` is the Gold version that is loaded ('' while a load is under way or was cut off; marked where it is loaded
 * except rows that DynamoDB can't hold),
 * `files` are all Gold files whose rows may be in DynamoDB,
 * `facts` are the loads under way: the attempt, and the ISO time at which it began to write.
 */
export const servingTable = 'serving_kpis';

/** A load that began so long ago is over, one way or the other: it writes no more. */
export const leaseMs = 60 * 60_000;

export interface StaleDate {
	readonly date: string;
	readonly reason:
		| 'never loaded'
		| 'restated'
		| 'removed from Gold'
		| 'load cut off or under way'
		| 'loaded except rows that DynamoDB can’t hold'
		| 'loaded again in full';
}

/** The partitions that decide what is stale, by date. */
export interface LoadState {
	readonly category: Readonly<Record<string, PartitionEntry>>;
	readonly order: Readonly<Record<string, PartitionEntry>>;
	readonly serving: Readonly<Record<string, PartitionEntry>>;
}

/** The state that a head has. */
export async function loadState(snapshot: Snapshot): Promise<LoadState> {
	const [category, order, serving] = await Promise.all(
		['gold_category_kpis', 'gold_order_kpis', servingTable].map((name) => snapshot.table(name)),
	);
	return {
		category: category?.partitions ?? {},
		order: order?.partitions ?? {},
		serving: serving?.partitions ?? {},
	};
}

/** The dates of a scope whose items in DynamoDB don't equal Gold's rows, or may not, in order of date. */
export async function planKpiLoad(snapshot: Snapshot, scope: Scope): Promise<StaleDate[]> {
	const stale = planLoad(await loadState(snapshot));
	const inScope = new Set(
		await datesIn(
			snapshot,
			scope,
			stale.map(({ date }) => date),
		),
	);
	return stale.filter(({ date }) => inScope.has(date));
}

/** All stale dates, with the reason. */
export function planLoad(state: LoadState): StaleDate[] {
	return loadDates(state).flatMap((date) => {
		const reason = staleness(state, date);
		return reason === undefined ? [] : [{ date, reason }];
	});
}

/** Every date that Gold has or that DynamoDB may have, in order. */
export const loadDates = ({ category, order, serving }: LoadState): string[] =>
	[...new Set([category, order, serving].flatMap((partitions) => Object.keys(partitions)))].sort();

/** The version of a date's rows in both Gold tables; undefined where Gold has none. */
export function goldVersion({ category, order }: LoadState, date: string): string | undefined {
	if (category[date] === undefined && order[date] === undefined) return undefined;
	return `${category[date]?.version ?? '-'}/${order[date]?.version ?? '-'}`;
}

/** The version of a date that is loaded except for some rows. */
export const inPart = (version: string): string => `${version} in part`;

/** The Gold files that hold a date's rows. */
export const goldFiles = ({ category, order }: LoadState, date: string): readonly FileRef[] => [
	...(category[date]?.files ?? []),
	...(order[date]?.files ?? []),
];

function staleness(state: LoadState, date: string): StaleDate['reason'] | undefined {
	const loaded = state.serving[date];
	const version = goldVersion(state, date);
	if (version === undefined) return 'removed from Gold';
	if (loaded === undefined) return 'never loaded';
	if (loaded.version === '') return 'load cut off or under way';
	if (loaded.version === inPart(version)) return 'loaded except rows that DynamoDB can’t hold';
	return loaded.version === version ? undefined : 'restated';
}
