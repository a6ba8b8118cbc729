import type { TaskContext } from '../context';
import type { Lake, Snapshot } from '../lake';
import { datesIn, type Scope } from '../medallion/scope';
import { TryAgainError } from '../shared/errors';
import type { Outcome } from '../shared/result';
import { batchWrite } from './batch-write';
import { abandon, announce, conclude, type Intent, isOvertaken } from './intents';
import { type Write, writesFor } from './items';
import { datesOf, type LoadState, leaseMs, loadState, planKpiLoad, servingTable } from './plan';

/** So often may Gold move under a load before it gives up for now. */
const maxRounds = 20;

/**
 * Makes the items of DynamoDB equal Gold's rows on the dates of the scope that are stale (`full`: on all of its dates).
 *
 * A load first commits its intent, with the files that it will write, then writes, then looks at the newest head and
 * starts again where Gold moved. So the lake knows at any time which rows may be in DynamoDB, whoever else loads and
 * wherever a load is cut off, and the last one there leaves Gold's rows and no others.
 */
export async function loadKpis(
	context: TaskContext,
	scope: Scope,
	{ dryRun = false, full = false }: { dryRun?: boolean; full?: boolean } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const snapshot = await lake.newest();
	const plan = await planKpiLoad(snapshot, scope);
	const dates = full ? await datesInScope(snapshot, scope) : plan.map(({ date }) => date);
	const outcome = { head: snapshot.head.number, dates: dates.length };
	if (dryRun) return { status: 'planned', ...outcome, plan };
	if (dates.length === 0) return { status: 'unchanged', ...outcome, put: 0, deleted: 0 };
	const done = { put: 0, deleted: 0 };
	let remaining = dates;
	for (let round = 0; remaining.length > 0; round++) {
		const intent: Intent = { attempt: context.run.attempt, at: context.clock() };
		if (round === maxRounds) {
			await abandonLoad(lake, context, remaining, intent);
			throw new TryAgainError(
				`Gold moved ${maxRounds} times while ${remaining.join(', ')} were loaded. Run it again when no other task runs.`,
			);
		}
		const loaded = await context.hold(loadOnce(lake, context, remaining, intent));
		done.put += loaded.writes.filter((write) => 'put' in write).length;
		done.deleted += loaded.writes.filter((write) => 'remove' in write).length;
		remaining = loaded.overtaken;
	}
	const { head } = await lake.newest();
	return {
		status: 'published',
		...outcome,
		head: head.number,
		partitions: dates.map((date) => `${servingTable}/${date}`),
		...done,
	};
}

/** Announces a load, writes, and commits it; or takes the announcement back. `overtaken` are dates to load again. */
async function loadOnce(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	intent: Intent,
): Promise<{ writes: Write[]; overtaken: string[] }> {
	const announced = await announceLoad(lake, context, dates, intent);
	try {
		const writes = await write(context, lake, announced, dates, intent);
		return { writes, overtaken: await concludeLoad(lake, context, announced, dates, intent) };
	} catch (error) {
		await abandonLoad(lake, context, dates, intent);
		throw error;
	}
}

async function datesInScope(snapshot: Snapshot, scope: Scope): Promise<string[]> {
	return datesIn(snapshot, scope, datesOf(await loadState(snapshot)));
}

/** Commits the intent; returns the state that the load starts from. */
async function announceLoad(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	intent: Intent,
): Promise<LoadState> {
	let announced: LoadState | undefined;
	await lake.transact(context.run, async (snapshot) => {
		const state = await loadState(snapshot);
		const serving = announce(state, dates, intent);
		announced = { ...state, serving: serving.partitions };
		return { tables: { [servingTable]: serving } };
	});
	return announced as LoadState;
}

async function write(
	context: TaskContext,
	lake: Lake,
	state: LoadState,
	dates: readonly string[],
	intent: Intent,
): Promise<Write[]> {
	const { aws, clock, config, progress, signal } = context;
	const [duckdb, scratch, dynamodb] = await Promise.all([context.duckdb(), context.scratch(), aws.dynamodb()]);
	const writes = await writesFor({ store: lake.store, duckdb, scratch }, state, dates);
	const writer = {
		dynamodb,
		tables: { category: config.categoryKpisTable, order: config.orderKpisTable },
		consumed: (units: number) => aws.meter.consume('write', units),
		wrote: (items: number) => progress.update('items written', items, writes.length),
		guard: () => {
			if (clock().getTime() - intent.at.getTime() < leaseMs / 2) return;
			throw new TryAgainError(
				'This load took too long to be sure of the items that it still has to write. Run it again, perhaps with fewer dates (--from, --to).',
			);
		},
		random: Math.random,
		signal,
	};
	await batchWrite(writer, writes);
	progress.clear();
	return writes;
}

/** Commits what is loaded; returns the dates on which something moved since, which are to be loaded again. */
async function concludeLoad(
	lake: Lake,
	context: TaskContext,
	loaded: LoadState,
	dates: readonly string[],
	intent: Intent,
): Promise<string[]> {
	let overtaken: string[] = [];
	await lake.transact(context.run, async (snapshot) => {
		const state = await loadState(snapshot);
		overtaken = dates.filter((date) => isOvertaken(loaded, state, date));
		const settled = dates.filter((date) => !overtaken.includes(date));
		return settled.length === 0 ? null : { tables: { [servingTable]: conclude(state, settled, intent) } };
	});
	return overtaken;
}

/** Takes the intent back, so that nobody waits for a load that has failed or is stopped. */
async function abandonLoad(lake: Lake, context: TaskContext, dates: readonly string[], intent: Intent): Promise<void> {
	const taken = lake.transact(
		context.run,
		async (snapshot) => ({ tables: { [servingTable]: abandon(await loadState(snapshot), dates, intent) } }),
		{ evenIfStopped: true },
	);
	await taken.catch((error: Error) => context.log.warn(`The load's intent stays for an hour: ${error.message}`));
}
