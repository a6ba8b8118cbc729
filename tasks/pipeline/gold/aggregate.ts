import type { TaskContext } from '../../context';
import type { Engine } from '../../engine';
import type { Snapshot } from '../../lake';
import type { Scope } from '../../lake/scope';
import { mapOutcome } from '../../platform/map-outcome';
import type { Outcome } from '../../platform/result';
import { listStalePartitions, planGold } from './plan';
import { publishGold } from './publish';
import { readGoldSources } from './sources';
import { StagedSnapshot } from './staged-snapshot';
import type { StalePartition } from './staleness';
import { composeGold } from './tables';

/**
 * Recomputes Gold where its inputs changed, as one commit. Partitions whose rows stay the same keep their files. Throws
 * PartlyRefusedError where some partition can't be computed from its data; all others are published. Throws
 * InternalError, and publishes nothing, where two tables don't agree on a figure.
 */
export async function aggregate(
	context: TaskContext,
	scope: Scope,
	{ dryRun = false, openEngine }: { dryRun?: boolean; openEngine?: (() => Promise<Engine>) | undefined } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const batch = scope.kind === 'batch' ? scope.batch : null;
	if (dryRun) {
		const snapshot = await lake.newest();
		const plan = await planAggregate(context, scope, snapshot);
		const partitions = plan.map(({ table, partition }) => `${table}/${partition}`);
		return { status: 'planned', batch, head: snapshot.head.number, partitions, plan };
	}
	return mapOutcome(publishGold(context, scope, { openEngine }), (outcome) => ({ ...outcome, batch }));
}

/** What `aggregate` would recompute or remove in a scope, and why; in the newest state unless one is given. */
export async function planAggregate(
	context: TaskContext,
	scope: Scope = { kind: 'all' },
	given?: Snapshot,
): Promise<StalePartition[]> {
	const lake = await context.lake();
	const snapshot = given ?? (await lake.newest());
	const gold = composeGold(await context.project());
	const [staged, sources] = await Promise.all([
		StagedSnapshot.load(snapshot, gold.tables),
		readGoldSources(snapshot, lake.contracts),
	]);
	return listStalePartitions(
		await planGold(() => context.engine(), snapshot, staged, sources, gold, scope),
		staged,
		sources,
	);
}
