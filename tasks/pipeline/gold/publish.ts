import type { TaskContext } from '../../context';
import type { Lake, Snapshot } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import type { Scope } from '../../lake/scope';
import { PartlyRefusedError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { workbench } from '../silver/clean';
import { restateAnomalies } from './anomalies';
import { BuiltPartitions } from './built-partitions';
import { restateCustomers } from './customer-value';
import { GoldDraft } from './draft';
import { restateEvents } from './events';
import { restateFirstSales } from './first-sales';
import { restateInventory } from './inventory';
import { restateLiveAnomalies } from './live-anomalies';
import { isPlanEmpty, makePlan, type Plan } from './plan';
import { keepCatalogues } from './product-names';
import { RefusedPartitions, refusalMessage } from './refused-partitions';
import { restateSales } from './sales';
import { readSources, type Sources } from './sources';
import type { Work } from './write-table';

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
	prepare?: (draft: GoldDraft, bench: () => Promise<Workbench>) => Promise<void>,
): Promise<Outcome> {
	const lake = await context.lake();
	const bench = openOnce(context, lake);
	const built = new BuiltPartitions();
	let tries = 0;
	let partitions: string[] = [];
	let rows = 0;
	let refused = new RefusedPartitions();
	const { snapshot, committed } = await lake.transact(context.run, async (snapshot) => {
		// Files of a try that came too late stay as they are: each try has names of its own.
		const attempt = tries === 0 ? context.run.attempt : `${context.run.attempt}-${tries}`;
		tries++;
		refused = new RefusedPartitions();
		const { snapshot: sound, damaged } = await snapshot.withoutDamaged(prepare ? GoldDraft.tables : []);
		const [draft, sources] = await Promise.all([GoldDraft.of(sound), readSources(sound)]);
		await prepare?.(draft, bench);
		const plan = await makePlan(bench, sound, draft, sources, damaged.length > 0 ? { kind: 'all' } : scope);
		if (!isPlanEmpty(plan, draft, sources)) {
			await restate({ bench: await bench(), draft, attempt, built, refused }, sources, plan);
		}
		partitions = draft.changed();
		rows = draft.countRows(partitions);
		return draft.change(damaged);
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
async function restate(work: Work, sources: Sources, plan: Plan): Promise<void> {
	const { draft, built } = work;
	for (const finding of plan.findings) {
		if (finding.kind === 'gone') draft.drop(finding.table, finding.date);
		if (finding.kind === 'confirmed') draft.confirm(finding.table, finding.date, finding.inputs);
	}
	const stale = plan.findings
		.filter((finding) => finding.kind === 'stale')
		.filter(({ table, date, inputs }) => !built.recall(draft, table, date, inputs));
	const isOfEvents = ({ table }: { table: string }) =>
		table === 'event_funnel' || table === 'user_product_interactions';
	await restateSales(
		work,
		sources,
		stale.filter((one) => !isOfEvents(one)),
	);
	await restateEvents(work, sources, stale.filter(isOfEvents));
	await keepCatalogues(work.bench, draft, sources, work.attempt);
	await restateFirstSales(work);
	await restateAnomalies(work, plan.anomalyDates);
	await restateLiveAnomalies(work, sources, plan.anomalyDates);
	if (!plan.takesWhole) return;
	await restateCustomers(work);
	await restateInventory(work, sources);
}

/** The engine and its scratch folder, made when they are first needed. */
export function openOnce(context: TaskContext, lake: Lake): () => Promise<Workbench> {
	let made: Promise<Workbench> | undefined;
	return () => {
		made ??= workbench(context, lake);
		return made;
	};
}
