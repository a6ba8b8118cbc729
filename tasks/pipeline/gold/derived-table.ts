import { goldTableName } from '../../contracts';
import { whole } from '../../lake';
import { changedInputs, statementInput } from './changed-dates';
import { type Computation, computePartitions, type StaleTarget } from './compute-partitions';
import type { GoldRun } from './gold-run';
import type { GoldSources } from './sources';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import type { StalePartition } from './staleness';

/** A table that is computed from other dates than its own, or from all of them. */
export interface DerivedTable {
	readonly name: string;
	/** It is a table of a project. */
	readonly isOwn?: true;
	/** The table whose dates it has; `whole` where it has one partition. */
	readonly dates: 'order_kpis' | 'silver_gadget_sales' | typeof whole;
	/** A digest of its statement and of those that it reads. */
	readonly statement: string;
	/**
	 * Reads what a partition is computed from, in a state of Gold and Silver: the versions of its inputs, undefined where
	 * there is no such partition.
	 */
	readonly readInputs: (
		staged: StagedSnapshot,
		sources: GoldSources,
	) => (partition: string) => InputVersions | undefined;
	/** The tables of dates that a partition is computed from, if any: when one of its dates changes, the partition is stale. */
	readonly follows?: {
		readonly tables: readonly string[];
		readonly dates: (partition: string, sources: GoldSources) => readonly string[] | 'all';
	};
	/** Why a partition is stale, as users see it. */
	readonly reasons: { readonly changed: string; readonly gone: string; readonly missing?: string };
	/** Brings up to date what the inputs are read from. */
	readonly prepare?: (run: GoldRun, sources: GoldSources) => Promise<void>;
	readonly compute: (sources: GoldSources) => Omit<Computation, 'tables'>;
}

/** The dates of the daily tables that a run is about to recompute or to remove, by table. */
type PlannedDates = ReadonlyMap<string, ReadonlyMap<string, 'stale' | 'gone'>>;

/** Gold and Silver in one state, and what is about to change. */
interface GoldState {
	readonly staged: StagedSnapshot;
	readonly sources: GoldSources;
	readonly planned: PlannedDates;
}

/** The partitions, of these, that were computed from other inputs than the current ones, and those that are gone. */
function compareInputs(table: DerivedTable, partitions: readonly string[], state: GoldState) {
	const { name, statement } = table;
	const inputsOf = table.readInputs(state.staged, state.sources);
	const stale: (StaleTarget & { readonly isOnlyStatement: boolean })[] = [];
	const gone: string[] = [];
	for (const partition of partitions) {
		const entry = state.staged.entry(name, partition);
		const read = exists(table, partition, state) ? inputsOf(partition) : undefined;
		const follows = isFollowing(table, partition, state);
		// What is computed from nothing is not there.
		if (!read || (Object.keys(read).length === 0 && !follows)) {
			if (entry) gone.push(partition);
			continue;
		}
		const inputs = { ...read, [statementInput]: statement };
		const changed = changedInputs(entry?.inputs ?? {}, inputs);
		if (changed.length === 0 && !follows) continue;
		const isOnlyStatement = !follows && changed.every((input) => input === statementInput);
		stale.push({ table: name, partition, inputs, isOnlyStatement });
	}
	return { stale, gone };
}

/** Whether a partition exists after the changes. */
function exists({ dates }: DerivedTable, partition: string, { staged, sources, planned }: GoldState): boolean {
	if (dates === whole) return true;
	if (dates !== 'order_kpis') return sources[dates].partitions[partition] !== undefined;
	const change = planned.get(dates)?.get(partition);
	return change === undefined ? staged.entry(dates, partition) !== undefined : change === 'stale';
}

/** Whether a date changes that a partition is computed from. */
function isFollowing({ follows }: DerivedTable, partition: string, { sources, planned }: GoldState): boolean {
	if (!follows) return false;
	const changes = follows.tables.flatMap((table) => planned.get(table) ?? []);
	if (changes.length === 0) return false;
	const dates = follows.dates(partition, sources);
	return changes.some((changed) => dates === 'all' || dates.some((date) => changed.has(date)));
}

/** What a run would recompute or remove of these partitions, and why. */
export function listStaleDerived(
	table: DerivedTable,
	partitions: readonly string[],
	state: GoldState,
): StalePartition[] {
	const { name, reasons } = table;
	const { stale, gone } = compareInputs(table, partitions, state);
	const changed = (isOnlyStatement: boolean) => (isOnlyStatement ? 'changed: the statement' : reasons.changed);
	const staleReason = ({ partition, isOnlyStatement }: (typeof stale)[number]) =>
		(state.staged.entry(name, partition) ? undefined : reasons.missing) ?? changed(isOnlyStatement);
	const reasonOf = new Map([
		...gone.map((partition) => [partition, reasons.gone] as const),
		...stale.map((target) => [target.partition, staleReason(target)] as const),
	]);
	return partitions.flatMap((partition) => {
		const reason = reasonOf.get(partition);
		return reason === undefined ? [] : [{ table: goldTableName(name), partition, reason }];
	});
}

/** Recomputes the stale ones of these partitions, and drops those that are gone. */
export async function recomputeDerived(
	run: GoldRun,
	sources: GoldSources,
	table: DerivedTable,
	partitions: readonly string[],
): Promise<void> {
	const { staged, computed } = run;
	await table.prepare?.(run, sources);
	const { stale, gone } = compareInputs(table, partitions, { staged, sources, planned: new Map() });
	for (const partition of gone) staged.drop(table.name, partition);
	await computePartitions(
		run,
		{ tables: [table.name], ...table.compute(sources) },
		stale.filter(({ partition, inputs }) => !computed.reuse(staged, table.name, partition, inputs)),
	);
}
