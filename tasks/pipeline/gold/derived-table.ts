import type { GoldTableName } from '../../contracts';
import { goldTables } from '../../contracts';
import { whole } from '../../lake';
import { changedInputs } from './changed-dates';
import { type Computation, computePartitions, type StaleTarget } from './compute-partitions';
import type { GoldRun } from './gold-run';
import type { GoldSources } from './sources';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import type { StalePartition } from './staleness';

/** A table that is computed from other dates than its own, or from all of them. */
export interface DerivedTable {
	readonly name: GoldTableName;
	/** The table whose dates it has; `whole` where it has one partition. */
	readonly dates: 'order_kpis' | 'silver_gadget_sales' | typeof whole;
	/**
	 * Reads what a partition is computed from, in a state of Gold and Silver: the versions of its inputs, undefined where
	 * there is no such partition.
	 */
	readonly readInputs: (
		staged: StagedSnapshot,
		sources: GoldSources,
	) => (partition: string) => InputVersions | undefined;
	/** The table of dates that a partition is computed from, if any: when one of its dates changes, the partition is stale. */
	readonly follows?: {
		readonly table: GoldTableName;
		readonly dates: (partition: string, sources: GoldSources) => readonly string[] | 'all';
	};
	/** Why a partition is stale, as users see it. */
	readonly reasons: { readonly changed: string; readonly gone: string; readonly missing?: string };
	/** Brings up to date what the inputs are read from. */
	readonly prepare?: (run: GoldRun, sources: GoldSources) => Promise<void>;
	readonly compute: (sources: GoldSources) => Omit<Computation, 'tables'>;
}

/** The changes of the daily tables that a run is about to make. */
export interface PlannedDates {
	/** Of a table, the dates that it recomputes or removes. */
	readonly changing: (table: GoldTableName) => ReadonlySet<string>;
	/** Of a table, the dates that it removes. */
	readonly gone: (table: GoldTableName) => ReadonlySet<string>;
}
const nothingPlanned: PlannedDates = { changing: () => new Set(), gone: () => new Set() };

/** Whether a partition exists, after what is planned. */
function exists(
	{ dates }: DerivedTable,
	partition: string,
	staged: StagedSnapshot,
	sources: GoldSources,
	planned: PlannedDates,
): boolean {
	if (dates === whole) return true;
	if (dates !== 'order_kpis') return sources[dates].partitions[partition] !== undefined;
	if (planned.gone(dates).has(partition)) return false;
	return staged.entry(dates, partition) !== undefined || planned.changing(dates).has(partition);
}

/** The partitions, of these, that were computed from other inputs than the current ones, and those that are gone. */
function compareInputs(
	table: DerivedTable,
	partitions: readonly string[],
	staged: StagedSnapshot,
	sources: GoldSources,
	planned = nothingPlanned,
): { stale: StaleTarget[]; gone: string[] } {
	const { name } = table;
	const inputsOf = table.readInputs(staged, sources);
	const stale: StaleTarget[] = [];
	const gone: string[] = [];
	for (const partition of partitions) {
		const entry = staged.entry(name, partition);
		const inputs = exists(table, partition, staged, sources, planned) ? inputsOf(partition) : undefined;
		if (!inputs && entry) gone.push(partition);
		if (
			inputs &&
			(changedInputs(entry?.inputs ?? {}, inputs).length > 0 || isFollowing(table, partition, sources, planned))
		) {
			stale.push({ table: name, partition, inputs });
		}
	}
	return { stale, gone };
}

function isFollowing(
	{ follows }: DerivedTable,
	partition: string,
	sources: GoldSources,
	{ changing }: PlannedDates,
): boolean {
	if (!follows) return false;
	const changes = changing(follows.table);
	if (changes.size === 0) return false;
	const dates = follows.dates(partition, sources);
	return dates === 'all' || dates.some((date) => changes.has(date));
}

/** What a run would recompute or remove of these partitions, and why. */
export function listStaleDerived(
	table: DerivedTable,
	partitions: readonly string[],
	staged: StagedSnapshot,
	sources: GoldSources,
	planned: PlannedDates,
): StalePartition[] {
	const { reasons, name } = table;
	const { stale, gone } = compareInputs(table, partitions, staged, sources, planned);
	const describe = (partition: string, reason: string) => ({ table: goldTables[name].name, partition, reason });
	const isMissing = (partition: string) => staged.entry(name, partition) === undefined;
	return [
		...gone.map((partition) => describe(partition, reasons.gone)),
		...stale.map(({ partition }) =>
			describe(partition, (isMissing(partition) ? reasons.missing : undefined) ?? reasons.changed),
		),
	].sort((one, other) => (one.partition < other.partition ? -1 : 1));
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
	const { stale, gone } = compareInputs(table, partitions, staged, sources);
	for (const partition of gone) staged.drop(table.name, partition);
	await computePartitions(
		run,
		{ tables: [table.name], ...table.compute(sources) },
		stale.filter(({ partition, inputs }) => !computed.reuse(staged, table.name, partition, inputs)),
	);
}
