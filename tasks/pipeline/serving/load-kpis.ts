import type { TaskContext } from '../../context';
import type { Lake, Snapshot } from '../../lake';
import { datesIn, type Scope } from '../../lake/scope';
import { computeEach } from '../../platform/compute-each';
import { PartlyRefusedError, TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { batchWrite } from './batch-write';
import { abandon, announce, conclude, type Intent, isOvertaken } from './intents';
import { type PresentKey, type RefusedItem, type Write, writesFor } from './items';
import { type LoadState, leaseMs, loadDates, loadState, planKpiLoad, type StaleDate, servingTable } from './plan';
import { presentKeys } from './present-keys';

/** So often may Gold move under a load before it gives up for now. */
const maxRounds = 20;

/** What a load did. */
interface Loaded {
	readonly put: number;
	readonly deleted: number;
	readonly refused: readonly RefusedItem[];
	/** Dates on which something moved meanwhile, which are to be loaded again. */
	readonly overtaken: readonly string[];
}

/**
 * Makes the items of DynamoDB equal Gold's rows on the dates of the scope that are stale (`full`: on all of its dates,
 * whatever the tables hold there, items that no load has written included).
 *
 * A load first commits its intent, with the files that it will write, then writes, then looks at the newest head and
 * starts again where Gold moved. So the lake knows at any time which rows may be in DynamoDB, whoever else loads and
 * wherever a load is cut off, and the last one there leaves Gold's rows and no others.
 *
 * A row that DynamoDB can't hold, or a date whose rows can't be read, stops neither the other rows nor the other dates.
 * The date stays stale, and in the end the load throws PartlyRefusedError, which names each such row or date.
 */
export async function loadKpis(
	context: TaskContext,
	scope: Scope,
	{ dryRun = false, full = false }: { dryRun?: boolean; full?: boolean } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const snapshot = await lake.newest();
	const present = full ? await presentKeys(context) : [];
	const plan = full ? await planFullLoad(snapshot, scope, present) : await planKpiLoad(snapshot, scope);
	const dates = plan.map(({ date }) => date);
	const outcome = { head: snapshot.head.number, dates: dates.length };
	if (dryRun) return { status: 'planned', ...outcome, plan };
	if (dates.length === 0) return { status: 'unchanged', ...outcome, put: 0, deleted: 0 };
	const done = { put: 0, deleted: 0 };
	const refused: RefusedItem[] = [];
	let remaining: readonly string[] = dates;
	for (let round = 0; remaining.length > 0; round++) {
		const intent: Intent = { attempt: context.run.attempt, at: context.clock() };
		if (round === maxRounds) {
			await abandonLoad(lake, context, remaining, intent);
			throw new TryAgainError(
				`Gold moved ${maxRounds} times while ${remaining.join(', ')} were loaded. Run it again when no other task runs.`,
			);
		}
		const loaded = await context.hold(loadOnce(lake, context, remaining, intent, present));
		done.put += loaded.put;
		done.deleted += loaded.deleted;
		refused.push(...loaded.refused.filter(({ date }) => !loaded.overtaken.includes(date)));
		remaining = loaded.overtaken;
	}
	const { head } = await lake.newest();
	const loaded: Outcome = {
		status: 'published',
		...outcome,
		head: head.number,
		partitions: dates.map((date) => `${servingTable}/${date}`),
		...done,
	};
	if (refused.length === 0) return loaded;
	throw new PartlyRefusedError(refusalMessage(context, refused), { ...loaded, refused });
}

/** Rows that a message names; the result has the others. */
const mostTold = 20;

function refusalMessage({ config }: TaskContext, refused: readonly RefusedItem[]): string {
	const tables = { category: config.categoryKpisTable, order: config.orderKpisTable };
	return [
		"Gold's KPIs are in DynamoDB, except these:",
		...refused
			.slice(0, mostTold)
			.map(({ target, date, reason }) => `${target ? `${tables[target]} ` : ''}${date}: ${reason}.`),
		...(refused.length > mostTold ? [`… and ${refused.length - mostTold} more.`] : []),
		"Correct the batch that brought it and ingest it again, or take it out with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate' and 'shoplake load-kpis'.",
	].join('\n');
}

/** Announces a load, writes, and commits it; or takes the announcement back. `overtaken` are dates to load again. */
async function loadOnce(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	intent: Intent,
	present: readonly PresentKey[],
): Promise<Loaded> {
	const announced = await announceLoad(lake, context, dates, intent);
	try {
		const written = await write(context, lake, announced, dates, intent, present);
		const unread = written.refused.filter(({ target }) => target === undefined).map(({ date }) => date);
		const inPart = new Set(written.refused.map(({ date }) => date));
		const read = dates.filter((date) => !unread.includes(date));
		const overtaken = await concludeLoad(lake, context, announced, read, intent, inPart);
		if (unread.length > 0) await abandonLoad(lake, context, unread, intent);
		return { ...written, overtaken };
	} catch (error) {
		await abandonLoad(lake, context, dates, intent);
		throw error;
	}
}

/** Whether an item's date is among some. */
function isOn(dates: readonly string[]): (item: PresentKey) => boolean {
	const wanted = new Set(dates);
	return ({ key }) => wanted.has(key.order_date?.S ?? '');
}

/** Every date of a scope that Gold has, that was loaded, or that the tables have items of. */
async function planFullLoad(snapshot: Snapshot, scope: Scope, present: readonly PresentKey[]): Promise<StaleDate[]> {
	const known = loadDates(await loadState(snapshot));
	const inTables = present.map(({ key }) => key.order_date?.S ?? '');
	const dates = await datesIn(snapshot, scope, [...new Set([...known, ...inTables])].sort());
	return dates.map((date) => ({ date, reason: 'loaded again in full' }));
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
	present: readonly PresentKey[],
): Promise<Omit<Loaded, 'overtaken'>> {
	const { aws, clock, config, progress, signal } = context;
	const [duckdb, scratch, dynamodb] = await Promise.all([context.duckdb(), context.scratch(), aws.dynamodb()]);
	const bench = { store: lake.store, duckdb, scratch };
	const writes: Write[] = [];
	const refused: RefusedItem[] = [];
	await computeEach(
		dates,
		async (some) => {
			const made = await writesFor(bench, state, some, present.filter(isOn(some)));
			writes.push(...made.writes);
			refused.push(...made.refused);
		},
		(date, reason) => refused.push({ date, reason }),
	);
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
	const put = writes.filter((write) => 'put' in write).length;
	return { put, deleted: writes.length - put, refused };
}

/** Commits what is loaded; returns the dates on which something moved since, which are to be loaded again. */
async function concludeLoad(
	lake: Lake,
	context: TaskContext,
	loaded: LoadState,
	dates: readonly string[],
	intent: Intent,
	loadedInPart: ReadonlySet<string>,
): Promise<string[]> {
	let overtaken: string[] = [];
	await lake.transact(context.run, async (snapshot) => {
		const state = await loadState(snapshot);
		overtaken = dates.filter((date) => isOvertaken(loaded, state, date));
		const settled = dates.filter((date) => !overtaken.includes(date));
		return settled.length === 0 ? null : { tables: { [servingTable]: conclude(state, settled, intent, loadedInPart) } };
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
