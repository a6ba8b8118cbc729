import type { TaskContext } from '../context';
import type { Interval } from '../lake/changed-tables';
import { mapOutcome } from '../platform/map-outcome';
import type { Outcome } from '../platform/result';
import { listOutdatedBatches, retypeBatches } from './bronze';
import { rebuildGold } from './gold';
import { clean } from './silver';
import { rebuildSilver } from './silver/rebuild';

/**
 * Recomputes Silver and Gold of an interval (of all dates without one): Silver from the admitted batches in Bronze, then
 * Gold from Silver. Partitions with intact files and the same rows stay as they are. A dry run plans Silver only, because
 * Gold is computed from it. Throws PartlyRefusedError where some Gold partition can't be computed from its data; all
 * others are published.
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

/**
 * Types the batches of earlier contracts in Bronze again, and admits them in place of their former versions. Returns which
 * were (in a dry run: would be), as `dataset/batch`.
 */
export async function retype(context: TaskContext, { dryRun = false }: { dryRun?: boolean } = {}): Promise<string[]> {
	const lake = await context.lake();
	if (dryRun) return listOutdatedBatches(lake, await lake.newest());
	const { retyped, toAdmit } = await retypeBatches(context);
	if (toAdmit.length > 0) await clean(context.step('rebuild'), { batches: toAdmit });
	return retyped;
}
