import { type FileRef, type PartitionEntry, type Snapshot, servingTable } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';

/**
 * The lake's own table of what is in DynamoDB, one partition a date. In an entry,
 * `version` is the Gold version that is loaded ('' while a load is under way or was cut off; marked where some rows are
 * missing because DynamoDB can't hold them),
 * `files` are all Gold files whose rows may be in DynamoDB,
 * `facts` are the leases of the loads under way: the ISO time at which each began, by attempt.
 */
export { servingTable };

/** A load's lease expires after this time: the load writes no more. */
export const leaseMs = 60 * 60_000;

/** A date whose items may differ from Gold's rows, and why. */
export interface DateToLoad {
	readonly date: string;
	readonly reason:
		| 'never loaded'
		| 'changed in Gold'
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

/** The load state of a snapshot. */
export async function readLoadState(snapshot: Snapshot): Promise<LoadState> {
	const [category, order, serving] = await Promise.all(
		['gold_category_kpis', 'gold_order_kpis', servingTable].map((name) => snapshot.table(name)),
	);
	return {
		category: category?.partitions ?? {},
		order: order?.partitions ?? {},
		serving: serving?.partitions ?? {},
	};
}

/** The dates of a scope whose items in DynamoDB differ from Gold's rows, or may, in order of date. */
export async function planKpiLoad(snapshot: Snapshot, scope: Scope): Promise<DateToLoad[]> {
	const stale = listDatesToLoad(await readLoadState(snapshot));
	const inScope = new Set(
		await selectDates(
			snapshot,
			scope,
			stale.map(({ date }) => date),
		),
	);
	return stale.filter(({ date }) => inScope.has(date));
}

/** All dates to load, in order. */
export function listDatesToLoad(state: LoadState): DateToLoad[] {
	return listKnownDates(state).flatMap((date) => {
		const reason = loadReason(state, date);
		return reason === undefined ? [] : [{ date, reason }];
	});
}

/** Every date that Gold has or that DynamoDB may have, in order. */
export const listKnownDates = ({ category, order, serving }: LoadState): string[] =>
	[...new Set([category, order, serving].flatMap((partitions) => Object.keys(partitions)))].sort();

/** The version of a date's rows in both Gold tables; undefined where Gold has none. */
export function goldVersion({ category, order }: LoadState, date: string): string | undefined {
	if (category[date] === undefined && order[date] === undefined) return undefined;
	return `${category[date]?.version ?? '-'}/${order[date]?.version ?? '-'}`;
}

/** The version that a date has when some of its rows could not be loaded. */
export const partialVersion = (version: string): string => `${version} in part`;

/** The files of a date in both Gold tables. */
export const goldFiles = ({ category, order }: LoadState, date: string): readonly FileRef[] => [
	...(category[date]?.files ?? []),
	...(order[date]?.files ?? []),
];

function loadReason(state: LoadState, date: string): DateToLoad['reason'] | undefined {
	const loaded = state.serving[date];
	const version = goldVersion(state, date);
	if (version === undefined) return 'removed from Gold';
	if (loaded === undefined) return 'never loaded';
	if (loaded.version === '') return 'load cut off or under way';
	if (loaded.version === partialVersion(version)) return 'loaded except rows that DynamoDB can’t hold';
	return loaded.version === version ? undefined : 'changed in Gold';
}
