import type { TaskContext } from '../../context';
import type { Engine } from '../../engine';
import { recordsTable, type Snapshot } from '../../lake';
import type { Scope } from '../../lake/scope';
import { PartlyRefusedError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { countAttempts } from '../count-attempts';
import { computePartitions } from './compute-partitions';
import { ComputedPartitions } from './computed-partitions';
import { dailyComputation } from './daily-computation';
import { recomputeDerived } from './derived-table';
import type { GoldRun } from './gold-run';
import { derivedPartitions, type GoldPlan, isPlanEmpty, planGold } from './plan';
import { RefusedPartitions, refusalMessage } from './refused-partitions';
import { type GoldSources, readGoldSources } from './sources';
import { listStagedTables, StagedSnapshot } from './staged-snapshot';
import { composeGold } from './tables';
import { retainUsedCatalogues } from './used-catalogues';

export interface PublishOptions {
	/** DuckDB by default. */
	readonly openEngine?: (() => Promise<Engine>) | undefined;
	readonly prepare?: (staged: StagedSnapshot) => Promise<void>;
}

/**
 * Recomputes what is stale in a scope and commits it. Where another run commits first, plans again and reuses partitions
 * whose inputs did not change. `prepare` may invalidate staged partitions first; then a table whose manifest is lost or
 * damaged is recomputed too, outside the scope as well.
 *
 * A partition that can't be computed from its data stays unchanged; all others are published. Then PartlyRefusedError
 * names those that were not. Throws InternalError, and publishes nothing, where two tables don't
 * agree on a figure.
 */
export async function publishGold(
	context: TaskContext,
	scope: Scope,
	{ openEngine = () => context.engine(), prepare }: PublishOptions = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const gold = composeGold(await context.project());
	const computed = new ComputedPartitions();
	const nextAttempt = countAttempts(context.run.attempt);
	let partitions: string[] = [];
	let rows = 0;
	let refused = new RefusedPartitions();
	const { snapshot, committed } = await lake.transact(context.run, async (snapshot) => {
		const attempt = nextAttempt();
		refused = new RefusedPartitions();
		const { snapshot: readable, damaged } = await snapshot.withoutDamaged(prepare ? listStagedTables(gold.tables) : []);
		const [staged, sources] = await Promise.all([
			StagedSnapshot.load(readable, gold.tables),
			readGoldSources(readable, lake.contracts),
		]);
		await prepare?.(staged);
		const plan = await planGold(
			openEngine,
			readable,
			staged,
			sources,
			gold,
			damaged.length > 0 ? { kind: 'all' } : scope,
		);
		if (!isPlanEmpty(plan, staged, sources)) {
			const run = { engine: await openEngine(), staged, attempt, computed, refused };
			await recompute(run, () => context.engine(), sources, plan);
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
	const message = refusalMessage(refused.list, await batchesByDate(snapshot, lake.contracts.names));
	throw new PartlyRefusedError(message, { ...outcome, refused: refused.list });
}

/** The batches that a date's records come from. */
async function batchesByDate(snapshot: Snapshot, names: readonly string[]): Promise<(date: string) => string[]> {
	const recordSets = await Promise.all(names.map((name) => snapshot.table(recordsTable(name))));
	return (date) =>
		[...new Set(recordSets.flatMap(({ partitions }) => Object.keys(partitions[date]?.labels ?? {})))].sort();
}

/**
 * Recomputes what the plan says: dates from Silver first, then what is computed from other Gold tables. The tables of a
 * project are computed by DuckDB, for which they are written.
 */
async function recompute(
	run: GoldRun,
	openDuckDb: () => Promise<Engine>,
	sources: GoldSources,
	plan: GoldPlan,
): Promise<void> {
	const { staged, computed } = run;
	const runOf = async (isOwn: boolean): Promise<GoldRun> => (isOwn ? { ...run, engine: await openDuckDb() } : run);
	for (const date of plan.dates) {
		if (date.kind === 'gone') staged.drop(date.table, date.date);
		if (date.kind === 'unchanged') staged.markUnchanged(date.table, date.date, date.inputs);
	}
	const stale = plan.dates
		.filter((date) => date.kind === 'stale')
		.filter(({ table, date, inputs }) => !computed.reuse(staged, table, date, inputs))
		.map(({ table, date, inputs }) => ({ table, partition: date, inputs }));
	for (const group of plan.gold.dailyGroups) {
		const targets = stale.filter(({ table }) => group.tables[table] !== undefined);
		await computePartitions(await runOf(group.own !== undefined), dailyComputation(group, sources), targets);
	}
	await retainUsedCatalogues(run, sources, plan.gold.dailyTables);
	for (const table of plan.gold.derivedTables)
		await recomputeDerived(await runOf(table.isOwn === true), sources, table, derivedPartitions(plan, table));
}
