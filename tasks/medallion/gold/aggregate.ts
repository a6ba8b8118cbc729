import type { TaskContext } from '../../context';
import type { Workbench } from '../../engines/table-files';
import type { Lake, Snapshot } from '../../lake';
import type { Outcome } from '../../shared/result';
import type { Scope } from '../scope';
import { workbench } from '../silver/clean';
import { restateAnomalies } from './anomalies';
import { BuiltPartitions } from './built-partitions';
import { restateCustomers } from './customer-value';
import { GoldDraft } from './draft';
import { restateEvents } from './events';
import { restateFirstSales } from './first-sales';
import { restateInventory } from './inventory';
import { makePlan, type Plan, staleIn } from './plan';
import { keepCatalogues } from './product-names';
import { restateSales } from './sales';
import { readSources, type Sources } from './sources';
import type { Stale } from './staleness';
import type { Work } from './write-table';

/**
 * Rebuilds Gold where its inputs changed, as one commit. Partitions whose rows come out as they were keep their files.
 * Throws InternalError, and publishes nothing, where two tables don't agree on a figure.
 */
export async function aggregate(
	context: TaskContext,
	scope: Scope,
	options: { dryRun?: boolean } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const batch = scope.kind === 'batch' ? scope.batch : null;
	if (options.dryRun) {
		const snapshot = await lake.newest();
		const plan = await planAggregate(context, scope, snapshot);
		const partitions = plan.map(({ table, partition }) => `${table}/${partition}`);
		return { status: 'planned', batch, head: snapshot.head.number, partitions, plan };
	}

	const bench = benchOf(context, lake);
	const built = new BuiltPartitions();
	let tries = 0;
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (snapshot) => {
		// Files of a try that came too late stay as they are: each try has names of its own.
		const attempt = tries === 0 ? context.run.attempt : `${context.run.attempt}-${tries}`;
		tries++;
		const [draft, sources] = await Promise.all([GoldDraft.of(snapshot), readSources(snapshot)]);
		const plan = await makePlan(bench, snapshot, draft, sources, scope);
		if (staleIn(plan, draft, sources).length > 0 || plan.findings.length > 0) {
			await restate({ bench: await bench(), draft, attempt, built }, sources, plan);
		}
		partitions = draft.changed();
		return draft.change();
	});
	return {
		status: committed ? 'published' : 'unchanged',
		batch,
		head: snapshot.head.number,
		partitions: committed ? partitions : [],
	};
}

/** What `aggregate` would compute or remove in a scope, and why; of the newest state unless one is given. */
export async function planAggregate(
	context: TaskContext,
	scope: Scope = { kind: 'all' },
	given?: Snapshot,
): Promise<Stale[]> {
	const lake = await context.lake();
	const snapshot = given ?? (await lake.newest());
	const [draft, sources] = await Promise.all([GoldDraft.of(snapshot), readSources(snapshot)]);
	return staleIn(await makePlan(benchOf(context, lake), snapshot, draft, sources, scope), draft, sources);
}

/** Brings the draft up to date: the dates from Silver first, then what is computed from other Gold tables. */
export async function restate(work: Work, sources: Sources, plan: Plan): Promise<void> {
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
	if (!plan.takesWhole) return;
	await restateCustomers(work);
	await restateInventory(work, sources);
}

/** The engine and its scratch folder, made when they are first needed. */
function benchOf(context: TaskContext, lake: Lake): () => Promise<Workbench> {
	let made: Promise<Workbench> | undefined;
	return () => {
		made ??= workbench(context, lake);
		return made;
	};
}
