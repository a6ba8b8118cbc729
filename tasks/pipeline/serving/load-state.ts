import { type FileRef, type PartitionEntry, type Snapshot, servingTable } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';
import { kpiSet, type ServingSet } from './serving-set';

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
	readonly set: ServingSet;
	/** The Gold tables, by target. */
	readonly gold: Readonly<Record<string, Partitions>>;
	readonly serving: Partitions;
}

type Partitions = Readonly<Record<string, PartitionEntry>>;

/** The load state of a snapshot. */
export async function readLoadState(snapshot: Snapshot, set: ServingSet = kpiSet): Promise<LoadState> {
	const gold = set.tables.map(
		async ({ target, gold }) => [target, (await snapshot.table(gold.name)).partitions] as const,
	);
	const [serving, ...partitions] = await Promise.all([snapshot.table(set.manifest), ...gold]);
	return { set, gold: Object.fromEntries(partitions), serving: serving.partitions };
}

/** The dates of a scope whose items in DynamoDB differ from Gold's rows, or may, in order of date. */
export async function planKpiLoad(snapshot: Snapshot, scope: Scope, set: ServingSet = kpiSet): Promise<DateToLoad[]> {
	const stale = listDatesToLoad(await readLoadState(snapshot, set));
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
export const listKnownDates = ({ gold, serving }: LoadState): string[] =>
	[...new Set([...Object.values(gold), serving].flatMap((partitions) => Object.keys(partitions)))].sort();

/** The version of a date's rows in the Gold tables; undefined where Gold has none. */
export function goldVersion({ set, gold }: LoadState, date: string): string | undefined {
	const versions = set.tables.map(({ target }) => gold[target]?.[date]?.version);
	return versions.every((version) => version === undefined)
		? undefined
		: versions.map((version) => version ?? '-').join('/');
}

/** The version that a date has when some of its rows could not be loaded. */
export const partialVersion = (version: string): string => `${version} in part`;

/** The files of a date in the Gold tables. */
export const goldFiles = ({ set, gold }: LoadState, date: string): readonly FileRef[] =>
	set.tables.flatMap(({ target }) => gold[target]?.[date]?.files ?? []);

function loadReason(state: LoadState, date: string): DateToLoad['reason'] | undefined {
	const loaded = state.serving[date];
	const version = goldVersion(state, date);
	if (version === undefined) return 'removed from Gold';
	if (loaded === undefined) return 'never loaded';
	if (loaded.version === '') return 'load cut off or under way';
	if (loaded.version === partialVersion(version)) return 'loaded except rows that DynamoDB can’t hold';
	return loaded.version === version ? undefined : 'changed in Gold';
}
