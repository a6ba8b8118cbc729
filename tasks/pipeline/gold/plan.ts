import { goldTables } from '../../contracts';
import { type Snapshot, whole } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import { datesIn, type Scope } from '../../lake/scope';
import { anomalyWindow, staleAnomalies } from './anomalies';
import { areCustomersStale } from './customer-value';
import type { GoldDraft } from './draft';
import { demandWindow, isInventoryStale, newestOrderDate } from './inventory';
import { goneLiveAnomalies, staleLiveAnomalies } from './live-anomalies';
import { findRenamed } from './product-names';
import type { Sources } from './sources';
import { dailyTables, type Finding, findStaleDate, type Stale, told } from './staleness';

/** What a run has to look at, and what it finds about the tables that are computed date by date from Silver. */
export interface Plan {
	readonly findings: readonly Finding[];
	/** The dates whose anomalies are in the scope. */
	readonly anomalyDates: readonly string[];
	/** Whether the tables that are kept whole are in the scope. */
	readonly takesWhole: boolean;
}

/** Finds what is stale in a scope. `bench` is asked for only where rows have to be read to tell. */
export async function makePlan(
	bench: () => Promise<Workbench>,
	snapshot: Snapshot,
	draft: GoldDraft,
	sources: Sources,
	scope: Scope,
): Promise<Plan> {
	const known = [...dailyTables, 'sales_anomalies' as const, 'live_anomalies' as const].flatMap((table) =>
		draft.known(table),
	);
	const inSilver = [sources.silver_orders, sources.silver_events, sources.silver_gadget_sales].flatMap(
		({ partitions }) => Object.keys(partitions),
	);
	const all = [...new Set([...known, ...inSilver])].sort();
	const dates = await datesIn(snapshot, scope, all);
	const isRenamed = await findRenamed(bench, draft, sources, dates);
	return {
		findings: dates.flatMap((date) =>
			dailyTables.flatMap((table) => findStaleDate(table, date, draft.entry(table, date), sources, isRenamed) ?? []),
		),
		// What a batch changes reaches the anomalies of later dates; an interval is taken at its word.
		anomalyDates: scope.kind === 'dates' ? dates : all,
		takesWhole:
			scope.kind !== 'dates' ||
			dates.length > 0 ||
			draft.isForgotten('customer_value', whole) ||
			draft.isForgotten('inventory_health', whole),
	};
}

/** Whether a run of the plan would have nothing to do, not even to note that some rows stand. */
export function isPlanEmpty(plan: Plan, draft: GoldDraft, sources: Sources): boolean {
	return plan.findings.length === 0 && staleIn(plan, draft, sources).length === 0;
}

/** Everything that a run of the plan would compute or remove; what follows from other tables is stale with them. */
export function staleIn(plan: Plan, draft: GoldDraft, sources: Sources): Stale[] {
	const moving = plan.findings.filter((finding) => finding.kind !== 'confirmed');
	const movingDates = (table: string) => new Set(moving.filter((one) => one.table === table).map(({ date }) => date));
	const list = [
		...moving.map(told),
		...anomaliesToFollow(plan, draft, movingDates('order_kpis'), movingDates('category_kpis')),
		...liveAnomaliesToFollow(plan, draft, sources),
	];
	const wholeTable = (table: 'customer_value' | 'inventory_health', reason: string): Stale => ({
		table: goldTables[table].name,
		partition: whole,
		reason,
	});
	if (plan.takesWhole) {
		const sold = movingDates('daily_sales');
		if (areCustomersStale(draft) || movingDates('customer_daily').size > 0) {
			list.push(wholeTable('customer_value', 'changed: orders'));
		}
		if (isInventoryStale(draft, sources) || demandWindow(newestOrderDate(sources)).some((date) => sold.has(date))) {
			list.push(wholeTable('inventory_health', 'changed: products or sales of the last 30 days'));
		}
	}
	return list;
}

function liveAnomaliesToFollow({ anomalyDates }: Plan, draft: GoldDraft, sources: Sources): Stale[] {
	const table = goldTables.live_anomalies.name;
	const gone = goneLiveAnomalies(draft, sources, anomalyDates).map((partition) => ({
		table,
		partition,
		reason: 'the date has no live sales any more',
	}));
	const stale = staleLiveAnomalies(draft, sources, anomalyDates).map(({ partition }) => ({
		table,
		partition,
		reason: draft.entry('live_anomalies', partition) ? 'changed: live sales of the date or before' : 'never computed',
	}));
	return [...gone, ...stale];
}

function anomaliesToFollow(
	{ anomalyDates, findings }: Plan,
	draft: GoldDraft,
	ordersMove: ReadonlySet<string>,
	salesMove: ReadonlySet<string>,
): Stale[] {
	const gone = new Set(
		findings.flatMap(({ kind, table, date }) => (kind === 'gone' && table === 'order_kpis' ? [date] : [])),
	);
	const stale = new Set(staleAnomalies(draft, anomalyDates).map(({ partition }) => partition));
	return anomalyDates.flatMap((partition): Stale[] => {
		const table = goldTables.sales_anomalies.name;
		if (gone.has(partition)) return [{ table, partition, reason: 'the date has no orders any more' }];
		if (!draft.entry('order_kpis', partition) && !ordersMove.has(partition)) return [];
		const follows = stale.has(partition) || anomalyWindow(partition).some((date) => salesMove.has(date));
		return follows ? [{ table, partition, reason: 'changed: sales of the date or of the 28 days before' }] : [];
	});
}
