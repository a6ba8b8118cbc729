import type { TaskContext } from '../../context';
import type { Lake } from '../../lake';
import { computeEach } from '../../platform/compute-each';
import { TryAgainError } from '../../platform/errors';
import { batchWrite } from './batch-write';
import { type ExistingKey, type ItemWrite, planWrites, type RefusedItem } from './item-writes';
import { beginLoad, completeLoad, isOvertaken, type LoadLease, releaseLoad } from './load-lease';
import { type LoadState, leaseMs, readLoadState } from './load-state';
import { dynamoDbNames, itemDate, type ServingSet } from './serving-set';

/** What one round of a load did. */
export interface LoadRound {
	readonly put: number;
	readonly deleted: number;
	readonly refused: readonly RefusedItem[];
	/** Dates on which Gold or another load changed something during the round: they are to be loaded again. */
	readonly overtaken: readonly string[];
}

/** Begins a load, writes the items and completes the load; releases its lease if it fails. */
export async function loadOnce(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	lease: LoadLease,
	existing: readonly ExistingKey[],
	set: ServingSet,
): Promise<LoadRound> {
	const begun = await commitBegin(lake, context, dates, lease, set);
	try {
		const written = await writeItems(context, begun, dates, lease, existing);
		const unread = written.refused.filter(({ target }) => target === undefined).map(({ date }) => date);
		const inPart = new Set(written.refused.map(({ date }) => date));
		const read = dates.filter((date) => !unread.includes(date));
		const overtaken = await commitComplete(lake, context, begun, read, lease, inPart);
		if (unread.length > 0) await commitRelease(lake, context, unread, lease, set);
		return { ...written, overtaken };
	} catch (error) {
		await commitRelease(lake, context, dates, lease, set);
		throw error;
	}
}

/** Commits the lease; returns the state that the load starts from. */
async function commitBegin(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	lease: LoadLease,
	set: ServingSet,
): Promise<LoadState> {
	let begun: LoadState | undefined;
	await lake.transact(context.run, async (snapshot) => {
		const state = await readLoadState(snapshot, set);
		const serving = beginLoad(state, dates, lease);
		begun = { ...state, serving: serving.partitions };
		return { tables: { [set.manifest]: serving } };
	});
	return begun as LoadState;
}

/** Writes the items of these dates; stops where half of the lease is over. */
async function writeItems(
	context: TaskContext,
	state: LoadState,
	dates: readonly string[],
	lease: LoadLease,
	existing: readonly ExistingKey[],
): Promise<Omit<LoadRound, 'overtaken'>> {
	const { aws, clock, config, progress, signal } = context;
	const { writes, refused } = await planDates(context, state, dates, existing);
	await batchWrite(
		{
			dynamodb: await aws.dynamodb(),
			tables: dynamoDbNames(state.set, config),
			hint: state.set.hint,
			consumed: (units: number) => aws.meter.consume('write', units),
			wrote: (items: number) => progress.update('items written', items, writes.length),
			guard: () => {
				if (clock().getTime() - lease.at.getTime() < leaseMs / 2) return;
				throw new TryAgainError(
					'This load took too long to be sure of the items that it still has to write. Run it again, perhaps with fewer dates (--from, --to).',
				);
			},
			random: Math.random,
			signal,
		},
		writes,
	);
	progress.clear();
	const put = writes.filter((write) => 'put' in write).length;
	return { put, deleted: writes.length - put, refused };
}

/** The writes of these dates; a date whose rows can't be read is refused. */
async function planDates(
	context: TaskContext,
	state: LoadState,
	dates: readonly string[],
	existing: readonly ExistingKey[],
): Promise<{ writes: ItemWrite[]; refused: RefusedItem[] }> {
	const engine = await context.engine();
	const writes: ItemWrite[] = [];
	const refused: RefusedItem[] = [];
	await computeEach(
		dates,
		async (chunk) => {
			const inChunk = new Set(chunk);
			const keys = existing.filter(({ target, key }) => inChunk.has(itemDate(state.set, target, key)));
			const planned = await planWrites(engine, state, chunk, keys);
			writes.push(...planned.writes);
			refused.push(...planned.refused);
		},
		(date, reason) => refused.push({ date, reason }),
	);
	return { writes, refused };
}

/** Commits what is loaded; returns the dates that were overtaken, which are to be loaded again. */
async function commitComplete(
	lake: Lake,
	context: TaskContext,
	loaded: LoadState,
	dates: readonly string[],
	lease: LoadLease,
	loadedInPart: ReadonlySet<string>,
): Promise<string[]> {
	let overtaken: string[] = [];
	await lake.transact(context.run, async (snapshot) => {
		const state = await readLoadState(snapshot, loaded.set);
		overtaken = dates.filter((date) => isOvertaken(loaded, state, date));
		const loadedDates = dates.filter((date) => !overtaken.includes(date));
		return loadedDates.length === 0
			? null
			: { tables: { [loaded.set.manifest]: completeLoad(state, loadedDates, lease, loadedInPart) } };
	});
	return overtaken;
}

/** Releases the lease, so that nobody waits for a load that has failed or is stopped. */
export async function commitRelease(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	lease: LoadLease,
	set: ServingSet,
): Promise<void> {
	const released = lake.transact(
		context.run,
		async (snapshot) => ({ tables: { [set.manifest]: releaseLoad(await readLoadState(snapshot, set), dates, lease) } }),
		{ evenIfStopped: true },
	);
	await released.catch((error: Error) => context.log.warn(`The load's lease stays for an hour: ${error.message}`));
}
