import type { TaskContext } from '../context';
import type { Engine } from '../engine';
import type { Interval } from '../lake/changed-tables';
import { mapOutcome } from '../platform/map-outcome';
import type { Outcome } from '../platform/result';
import { listOutdatedBatches, type RecordedBatches, recordRetyped, retypeBatches } from './bronze';
import { changeTimeZone } from './change-time-zone';
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
	{ dryRun = false, openEngine }: { dryRun?: boolean; openEngine?: () => Promise<Engine> } = {},
): Promise<Outcome> {
	const silver = await rebuildSilver(context, interval, { dryRun, openEngine });
	if (dryRun) return silver;
	return mapOutcome(rebuildGold(context.step('rebuild'), interval, openEngine), ({ rows: _, ...gold }) => ({
		...gold,
		status: [silver, gold].some(({ status }) => status === 'published') ? 'published' : 'unchanged',
		partitions: [...(silver.partitions ?? []), ...(gold.partitions ?? [])],
	}));
}

/**
 * Types the batches of earlier contracts in Bronze again, and admits them in place of their former versions. If the time
 * zone of the process is another one than the lake's, all batches with dates or times are of an earlier contract, and the
 * lake changes to it. Returns which were (in a dry run: would be), as `dataset/batch`.
 */
export async function retype(context: TaskContext, { dryRun = false }: { dryRun?: boolean } = {}): Promise<string[]> {
	const lake = await context.lake();
	const newest = await lake.newest();
	if (dryRun) return listOutdatedBatches(await newest.ledger(), lake);
	const batches = await retypeBatches(context);
	if (lake.isInOtherTimeZone(newest)) return changeTimeZone(context, batches);
	let recorded: RecordedBatches | undefined;
	await lake.transact(context.run, async (snapshot) => {
		recorded = recordRetyped(await snapshot.ledger(), batches, lake.contracts);
		return recorded.retyped.length === 0 ? null : { ledger: recorded.ledger };
	});
	const { retyped = [], toAdmit = [] } = recorded ?? {};
	if (toAdmit.length > 0) await clean(context.step('rebuild'), { batches: toAdmit });
	return retyped;
}
