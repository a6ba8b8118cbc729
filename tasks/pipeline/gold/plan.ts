import type { Engine } from '../../engine';
import { type Snapshot, whole } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';
import { type DerivedTable, listStaleDerived } from './derived-table';
import type { GoldModel } from './gold-model';
import { findRenamedDates } from './renamed-products';
import { type GoldSources, silverPartitions } from './sources';
import type { StagedSnapshot } from './staged-snapshot';
import { type DateStaleness, dateStaleness, describeStaleDate, type StalePartition } from './staleness';

/** What a run has to recompute or check. */
export interface GoldPlan {
	/** The tables that it is about. */
	readonly gold: GoldModel;
	/** The dates of the daily tables whose inputs changed. */
	readonly dates: readonly DateStaleness[];
	/** The dates of derived tables that are in the scope. */
	readonly derivedDates: readonly string[];
	/** Whether the tables without partitions are in the scope. */
	readonly includesWholeTables: boolean;
}

/** Finds what is stale in a scope. Calls `openEngine` only where rows have to be read to tell. */
export async function planGold(
	openEngine: () => Promise<Engine>,
	snapshot: Snapshot,
	staged: StagedSnapshot,
	sources: GoldSources,
	gold: GoldModel,
	scope: Scope,
): Promise<GoldPlan> {
	const { dailyTables, derivedTables } = gold;
	const known = [...dailyTables, ...derivedTables.filter(({ dates }) => dates !== whole)].flatMap(({ name }) =>
		staged.listPartitions(name),
	);
	const dated = ['orders', 'events', 'gadget_sales', ...gold.dailyGroups.map(({ dates }) => dates)];
	const inSilver = [...new Set(dated)].flatMap((name) => Object.keys(silverPartitions(sources, name)));
	const all = [...new Set([...known, ...inSilver])].sort();
	const dates = await selectDates(snapshot, scope, all);
	const isRenamed = await findRenamedDates(openEngine, staged, sources, dailyTables, dates);
	return {
		gold,
		dates: dates.flatMap((date) =>
			dailyTables.flatMap(
				(table) => dateStaleness(table, date, staged.entry(table.name, date), sources, isRenamed) ?? [],
			),
		),
		// What a batch changes reaches later dates. An interval means its dates only.
		derivedDates: scope.kind === 'dates' ? dates : all,
		includesWholeTables:
			scope.kind !== 'dates' || dates.length > 0 || derivedTables.some(({ name }) => staged.isInvalidated(name, whole)),
	};
}

/** Whether a run of the plan would have nothing to do, not even to record that some rows are unchanged. */
export function isPlanEmpty(plan: GoldPlan, staged: StagedSnapshot, sources: GoldSources): boolean {
	return plan.dates.length === 0 && listStalePartitions(plan, staged, sources).length === 0;
}

/** The partitions of a derived table that a run of the plan checks. */
export const derivedPartitions = (plan: GoldPlan, { dates }: DerivedTable): readonly string[] =>
	dates !== whole ? plan.derivedDates : plan.includesWholeTables ? [whole] : [];

/** Everything that a run of the plan would recompute or remove. What is computed from a stale table is stale, too. */
export function listStalePartitions(plan: GoldPlan, staged: StagedSnapshot, sources: GoldSources): StalePartition[] {
	const changing = plan.dates.filter((date) => date.kind !== 'unchanged');
	const planned = new Map<string, Map<string, 'stale' | 'gone'>>();
	for (const { table, date, kind } of changing) {
		planned.set(table, (planned.get(table) ?? new Map()).set(date, kind));
	}
	return [
		...changing.map(describeStaleDate),
		...plan.gold.derivedTables.flatMap((table) =>
			listStaleDerived(table, derivedPartitions(plan, table), { staged, sources, planned }),
		),
	];
}
