import type { TaskContext } from '../context';
import type { Interval } from '../lake/changed-tables';
import { mapOutcome } from '../platform/map-outcome';
import type { Outcome } from '../platform/result';
import { rebuildGold } from './gold';
import { rebuildSilver } from './silver/rebuild';

/**
 * Makes Silver and Gold of an interval (of everything, without one) afresh: Silver from the admitted batches in Bronze,
 * then Gold from Silver. Partitions whose rows come out as they were, and whose files are there, stay as they are.
 * A dry run tells of Silver only: Gold is made from it. Throws PartlyRefusedError where the data don't let some Gold
 * partition be computed: all others are published then.
 */
export async function rebuild(
	context: TaskContext,
	interval: Interval | undefined,
	{ dryRun = false }: { dryRun?: boolean } = {},
): Promise<Outcome> {
	const silver = await rebuildSilver(context, interval, { dryRun });
	if (dryRun) return silver;
	return mapOutcome(rebuildGold(context.step('rebuild'), interval), ({ rows: _, ...gold }) => ({
		...gold,
		status: [silver, gold].some(({ status }) => status === 'published') ? 'published' : 'unchanged',
		partitions: [...(silver.partitions ?? []), ...(gold.partitions ?? [])],
	}));
}
