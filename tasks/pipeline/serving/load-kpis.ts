import type { TaskContext } from '../../context';
import type { Lake, Snapshot } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';
import { PartlyRefusedError, TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { listExistingKeys } from './existing-keys';
import type { ExistingKey, RefusedItem } from './item-writes';
import type { LoadLease } from './load-lease';
import { commitRelease, loadOnce } from './load-once';
import { type DateToLoad, listKnownDates, planKpiLoad, readLoadState } from './load-state';
import { dynamoDbNames, itemDate, kpiSet, listServingSets, type ServingSet } from './serving-set';

/** Maximum rounds when Gold changes during a load. */
const maxRounds = 20;
/** Rows that the message names; the result lists all. */
const maxRowsNamed = 20;

/**
 * Makes the items of DynamoDB equal Gold's rows on the stale dates of the scope. With `full`: on all dates of the scope;
 * items that no load has written are corrected or deleted, too.
 *
 * A load first commits a lease, with the files that it will write, then writes, then reads the newest head and starts
 * again on dates where Gold changed. So the lake always knows which rows may be in DynamoDB, even if loads run side by
 * side or are cut off, and the last one leaves Gold's rows and no others.
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
	const sets = listServingSets(await context.project());
	const plans: SetPlan[] = [];
	for (const set of sets) plans.push(await planSet(context, snapshot, scope, set, full));
	const dates = new Set(plans.flatMap(({ plan }) => plan.map(({ date }) => date))).size;
	const outcome = { head: snapshot.head.number, dates };
	if (dryRun) return { status: 'planned', ...outcome, plan: plans.flatMap(({ set, plan }) => namePlan(set, plan)) };
	if (dates === 0) return { status: 'unchanged', ...outcome, put: 0, deleted: 0 };
	const total = { put: 0, deleted: 0 };
	const refused: RefusedItem[] = [];
	for (const { set, plan, existing } of plans.filter(({ plan }) => plan.length > 0)) {
		const planned = plan.map(({ date }) => date);
		const loaded = await loadDates(lake, context, planned, existing, set);
		total.put += loaded.put;
		total.deleted += loaded.deleted;
		refused.push(...loaded.refused);
	}
	const { head } = await lake.newest();
	const loaded: Outcome = {
		status: 'published',
		...outcome,
		head: head.number,
		partitions: plans.flatMap(({ set, plan }) => plan.map(({ date }) => `${set.manifest}/${date}`)),
		...total,
	};
	if (refused.length === 0) return loaded;
	throw new PartlyRefusedError(refusalMessage(context, sets, refused), { ...loaded, refused });
}

/** What is to be loaded of a set, and the items that its tables have, where all of it is. */
interface SetPlan {
	readonly set: ServingSet;
	readonly plan: readonly DateToLoad[];
	readonly existing: readonly ExistingKey[];
}

async function planSet(
	context: TaskContext,
	snapshot: Snapshot,
	scope: Scope,
	set: ServingSet,
	full: boolean,
): Promise<SetPlan> {
	if (!full) return { set, plan: await planKpiLoad(snapshot, scope, set), existing: [] };
	const existing = await listExistingKeys(context, set);
	return { set, plan: await planFullLoad(snapshot, scope, existing, set), existing };
}

/** What a load of everything would load now, the tables of a project included. */
export async function planAllLoads(
	context: TaskContext,
	snapshot: Snapshot,
): Promise<(DateToLoad & { readonly table?: string })[]> {
	const sets = listServingSets(await context.project());
	const plans = await Promise.all(
		sets.map(async (set) => namePlan(set, await planKpiLoad(snapshot, { kind: 'all' }, set))),
	);
	return plans.flat();
}

/** A plan as users see it; that of a project's table names it. */
const namePlan = (
	set: ServingSet,
	plan: readonly DateToLoad[],
): readonly (DateToLoad & { readonly table?: string })[] =>
	set === kpiSet ? plan : plan.map((date) => ({ ...date, table: String(set.tables[0]?.gold.name) }));

/** Loads dates, and those on which Gold changed during the load again. */
async function loadDates(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	existing: readonly ExistingKey[],
	set: ServingSet,
): Promise<{ put: number; deleted: number; refused: RefusedItem[] }> {
	const total = { put: 0, deleted: 0, refused: [] as RefusedItem[] };
	let remaining = dates;
	for (let round = 0; remaining.length > 0; round++) {
		const lease: LoadLease = { attempt: context.run.attempt, at: context.clock() };
		if (round === maxRounds) {
			await commitRelease(lake, context, remaining, lease, set);
			throw new TryAgainError(
				`Gold changed ${maxRounds} times while ${remaining.join(', ')} were loaded. Run it again when no other task runs.`,
			);
		}
		const { put, deleted, refused, overtaken } = await context.hold(
			loadOnce(lake, context, remaining, lease, existing, set),
		);
		total.put += put;
		total.deleted += deleted;
		total.refused.push(...refused.filter(({ date }) => !overtaken.includes(date)));
		remaining = overtaken;
	}
	return total;
}

function refusalMessage({ config }: TaskContext, sets: readonly ServingSet[], refused: readonly RefusedItem[]): string {
	const tables: Record<string, string> = Object.assign({}, ...sets.map((set) => dynamoDbNames(set, config)));
	return [
		"Gold's KPIs are in DynamoDB, except these:",
		...refused
			.slice(0, maxRowsNamed)
			.map(({ target, date, reason }) => `${target ? `${tables[target]} ` : ''}${date}: ${reason}.`),
		...(refused.length > maxRowsNamed ? [`… and ${refused.length - maxRowsNamed} more.`] : []),
		"Correct the batch that brought it and ingest it again, or withdraw it with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate' and 'shoplake load-kpis'.",
	].join('\n');
}

/** Every date of a scope that is in Gold, was loaded, or has items in the tables. */
async function planFullLoad(
	snapshot: Snapshot,
	scope: Scope,
	existing: readonly ExistingKey[],
	set: ServingSet,
): Promise<DateToLoad[]> {
	const known = listKnownDates(await readLoadState(snapshot, set));
	const inTables = existing.map(({ target, key }) => itemDate(set, target, key));
	const dates = await selectDates(snapshot, scope, [...new Set([...known, ...inTables])].sort());
	return dates.map((date) => ({ date, reason: 'loaded again in full' }));
}
