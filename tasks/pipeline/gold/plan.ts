import { goldTables } from '../../contracts';
import type { Engine } from '../../engine';
import { type Snapshot, whole } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';
import { isCustomerValueStale } from './customer-value';
import { demandWindow, isInventoryHealthStale, newestOrderDate } from './inventory-health';
import { listStaleLiveAnomalies, listVanishedLiveAnomalies } from './live-anomalies';
import { findRenamedDates } from './renamed-products';
import { anomalyWindow, listStaleSalesAnomalies } from './sales-anomalies';
import type { GoldSources } from './sources';
import type { StagedSnapshot } from './staged-snapshot';
import { type DateStaleness, dailyTables, dateStaleness, describeStaleDate, type StalePartition } from './staleness';

/** What a run has to recompute or check. */
export interface GoldPlan {
	/** The dates of the daily tables whose inputs changed. */
	readonly dates: readonly DateStaleness[];
	/** The dates whose anomalies are in the scope. */
	readonly anomalyDates: readonly string[];
	/** Whether the tables without partitions are in the scope. */
	readonly includesWholeTables: boolean;
}

/** Finds what is stale in a scope. Calls `openEngine` only where rows have to be read to tell. */
export async function planGold(
	openEngine: () => Promise<Engine>,
	snapshot: Snapshot,
	staged: StagedSnapshot,
	sources: GoldSources,
	scope: Scope,
): Promise<GoldPlan> {
	const known = [...dailyTables, 'sales_anomalies' as const, 'live_anomalies' as const].flatMap((table) =>
		staged.listPartitions(table),
	);
	const inSilver = [sources.silver_orders, sources.silver_events, sources.silver_gadget_sales].flatMap(
		({ partitions }) => Object.keys(partitions),
	);
	const all = [...new Set([...known, ...inSilver])].sort();
	const dates = await selectDates(snapshot, scope, all);
	const isRenamed = await findRenamedDates(openEngine, staged, sources, dates);
	return {
		dates: dates.flatMap((date) =>
			dailyTables.flatMap((table) => dateStaleness(table, date, staged.entry(table, date), sources, isRenamed) ?? []),
		),
		// What a batch changes reaches the anomalies of later dates. An interval means its dates only.
		anomalyDates: scope.kind === 'dates' ? dates : all,
		includesWholeTables:
			scope.kind !== 'dates' ||
			dates.length > 0 ||
			staged.isInvalidated('customer_value', whole) ||
			staged.isInvalidated('inventory_health', whole),
	};
}

/** Whether a run of the plan would have nothing to do, not even to record that some rows are unchanged. */
export function isPlanEmpty(plan: GoldPlan, staged: StagedSnapshot, sources: GoldSources): boolean {
	return plan.dates.length === 0 && listStalePartitions(plan, staged, sources).length === 0;
}

/** Everything that a run of the plan would recompute or remove. What is computed from a stale table is stale, too. */
export function listStalePartitions(plan: GoldPlan, staged: StagedSnapshot, sources: GoldSources): StalePartition[] {
	const changing = plan.dates.filter((date) => date.kind !== 'unchanged');
	const changingDates = (table: string) =>
		new Set(changing.filter((one) => one.table === table).map(({ date }) => date));
	return [
		...changing.map(describeStaleDate),
		...staleSalesAnomalies(plan, staged, changingDates('order_kpis'), changingDates('category_kpis')),
		...staleLiveAnomalies(plan, staged, sources),
		...(plan.includesWholeTables ? staleWholeTables(staged, sources, changingDates) : []),
	];
}

function staleWholeTables(
	staged: StagedSnapshot,
	sources: GoldSources,
	changingDates: (table: string) => ReadonlySet<string>,
): StalePartition[] {
	const stale: StalePartition[] = [];
	if (isCustomerValueStale(staged) || changingDates('customer_daily').size > 0) {
		stale.push({ table: goldTables.customer_value.name, partition: whole, reason: 'changed: orders' });
	}
	const sold = changingDates('daily_sales');
	if (
		isInventoryHealthStale(staged, sources) ||
		demandWindow(newestOrderDate(sources)).some((date) => sold.has(date))
	) {
		const reason = 'changed: products or sales of the last 30 days';
		stale.push({ table: goldTables.inventory_health.name, partition: whole, reason });
	}
	return stale;
}

function staleLiveAnomalies(
	{ anomalyDates }: GoldPlan,
	staged: StagedSnapshot,
	sources: GoldSources,
): StalePartition[] {
	const table = goldTables.live_anomalies.name;
	const gone = listVanishedLiveAnomalies(staged, sources, anomalyDates).map((partition) => ({
		table,
		partition,
		reason: 'the date has no live sales any more',
	}));
	const stale = listStaleLiveAnomalies(staged, sources, anomalyDates).map(({ partition }) => ({
		table,
		partition,
		reason: staged.entry('live_anomalies', partition) ? 'changed: live sales of the date or before' : 'never computed',
	}));
	return [...gone, ...stale];
}

function staleSalesAnomalies(
	{ anomalyDates, dates }: GoldPlan,
	staged: StagedSnapshot,
	ordersChange: ReadonlySet<string>,
	salesChange: ReadonlySet<string>,
): StalePartition[] {
	const gone = new Set(
		dates.flatMap(({ kind, table, date }) => (kind === 'gone' && table === 'order_kpis' ? [date] : [])),
	);
	const stale = new Set(listStaleSalesAnomalies(staged, anomalyDates).map(({ partition }) => partition));
	return anomalyDates.flatMap((partition): StalePartition[] => {
		const table = goldTables.sales_anomalies.name;
		if (gone.has(partition)) return [{ table, partition, reason: 'the date has no orders any more' }];
		if (!staged.entry('order_kpis', partition) && !ordersChange.has(partition)) return [];
		const follows = stale.has(partition) || anomalyWindow(partition).some((date) => salesChange.has(date));
		return follows ? [{ table, partition, reason: 'changed: sales of the date or of the 28 days before' }] : [];
	});
}
