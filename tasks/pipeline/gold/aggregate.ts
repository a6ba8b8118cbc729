import type { TaskContext } from '../../context';
import type { Snapshot } from '../../lake';
import type { Scope } from '../../lake/scope';
import { mapOutcome } from '../../platform/map-outcome';
import type { Outcome } from '../../platform/result';
import { GoldDraft } from './draft';
import { makePlan, staleIn } from './plan';
import { openOnce, publishGold } from './publish';
import { readSources } from './sources';
import type { Stale } from './staleness';

/**
 * Rebuilds Gold where its inputs changed, as one commit. Partitions whose rows come out as they were keep their files.
 * Throws PartlyRefusedError where the data don't let some partition be computed: all others are published then. Throws
 * InternalError, and publishes nothing, where two tables don't agree on a figure.
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
	return mapOutcome(publishGold(context, scope), (outcome) => ({ ...outcome, batch }));
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
	return staleIn(await makePlan(openOnce(context, lake), snapshot, draft, sources, scope), draft, sources);
}
