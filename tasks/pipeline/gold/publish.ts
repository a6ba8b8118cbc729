import type { TaskContext } from '../../context';
import type { Lake, Snapshot } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import type { Scope } from '../../lake/scope';
import { PartlyRefusedError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { workbench } from '../silver/clean';
import { ComputedPartitions } from './computed-partitions';
import { recomputeCustomerValue } from './customer-value';
import { recomputeEvents } from './event-tables';
import { updateFirstSales } from './first-sales';
import { recomputeInventoryHealth } from './inventory-health';
import { recomputeLiveAnomalies } from './live-anomalies';
import { recomputeSales } from './order-tables';
import { type GoldPlan, isPlanEmpty, planGold } from './plan';
import { RefusedPartitions, refusalMessage } from './refused-partitions';
import { retainUsedCatalogues } from './renamed-products';
import { recomputeSalesAnomalies } from './sales-anomalies';
import { type GoldSources, readGoldSources } from './sources';
import { StagedSnapshot } from './staged-snapshot';
import type { GoldRun } from './write-table';

/**
 * Computes what is stale in a scope and commits it; where another run commits first, plans again and keeps what still
 * stands. `prepare` may take partitions out of the draft first, so that they are computed afresh; then a table whose
 * manifest is lost or damaged is computed afresh too, whatever the scope.
 *
 * Partitions that can't be computed for a reason in the data stay as they were; all others are published. Then it
 * throws PartlyRefusedError, which names them. Throws InternalError, and publishes nothing, where two tables don't
 * agree on a figure.
 */
export async function publishGold(
	context: TaskContext,
	scope: Scope,
	prepare?: (staged: StagedSnapshot, bench: () => Promise<Workbench>) => Promise<void>,
): Promise<Outcome> {
	const lake = await context.lake();
	const bench = openOnce(context, lake);
	const computed = new ComputedPartitions();
	let tries = 0;
	let partitions: string[] = [];
	let rows = 0;
	let refused = new RefusedPartitions();
	const { snapshot, committed } = await lake.transact(context.run, async (snapshot) => {
		// Files of a try that came too late stay as they are: each try has names of its own.
		const attempt = tries === 0 ? context.run.attempt : `${context.run.attempt}-${tries}`;
		tries++;
		refused = new RefusedPartitions();
		const { snapshot: readable, damaged } = await snapshot.withoutDamaged(prepare ? StagedSnapshot.tables : []);
		const [staged, sources] = await Promise.all([StagedSnapshot.load(readable), readGoldSources(readable)]);
		await prepare?.(staged, bench);
		const plan = await planGold(bench, readable, staged, sources, damaged.length > 0 ? { kind: 'all' } : scope);
		if (!isPlanEmpty(plan, staged, sources)) {
			await recompute({ bench: await bench(), staged: staged, attempt, computed: computed, refused }, sources, plan);
		}
		partitions = staged.listChanged();
		rows = staged.countRows(partitions);
		return staged.toChange(damaged);
	});
	const outcome: Outcome = {
		status: committed ? 'published' : 'unchanged',
		head: snapshot.head.number,
		partitions: committed ? partitions : [],
		rows: committed ? rows : 0,
	};
	if (refused.list.length === 0) return outcome;
	const message = refusalMessage(refused.list, await batchesByDate(snapshot));
	throw new PartlyRefusedError(message, { ...outcome, refused: refused.list });
}

/** The batches whose orders, lines or events a date holds. */
async function batchesByDate(snapshot: Snapshot): Promise<(date: string) => string[]> {
	const recordSets = await Promise.all(
		['records_orders', 'records_order_items', 'records_events', 'records_gadget_sales'].map((name) =>
			snapshot.table(name),
		),
	);
	return (date) =>
		[...new Set(recordSets.flatMap(({ partitions }) => Object.keys(partitions[date]?.labels ?? {})))].sort();
}

/** Brings the draft up to date: the dates from Silver first, then what is computed from other Gold tables. */
async function recompute(run: GoldRun, sources: GoldSources, plan: GoldPlan): Promise<void> {
	const { staged, computed } = run;
	for (const finding of plan.dateStaleness) {
		if (finding.kind === 'gone') staged.drop(finding.table, finding.date);
		if (finding.kind === 'confirmed') staged.markUnchanged(finding.table, finding.date, finding.inputs);
	}
	const stale = plan.dateStaleness
		.filter((finding) => finding.kind === 'stale')
		.filter(({ table, date, inputs }) => !computed.reuse(staged, table, date, inputs));
	const isOfEvents = ({ table }: { table: string }) =>
		table === 'event_funnel' || table === 'user_product_interactions';
	await recomputeSales(
		run,
		sources,
		stale.filter((one) => !isOfEvents(one)),
	);
	await recomputeEvents(run, sources, stale.filter(isOfEvents));
	await retainUsedCatalogues(run.bench, staged, sources, run.attempt);
	await updateFirstSales(run);
	await recomputeSalesAnomalies(run, plan.anomalyDates);
	await recomputeLiveAnomalies(run, sources, plan.anomalyDates);
	if (!plan.includesWholeTables) return;
	await recomputeCustomerValue(run);
	await recomputeInventoryHealth(run, sources);
}

/** The engine and its scratch folder, made when they are first needed. */
export function openOnce(context: TaskContext, lake: Lake): () => Promise<Workbench> {
	let made: Promise<Workbench> | undefined;
	return () => {
		made ??= workbench(context, lake);
		return made;
	};
}
