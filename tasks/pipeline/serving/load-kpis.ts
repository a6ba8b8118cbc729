import type { TaskContext } from '../../context';
import type { Lake, Snapshot } from '../../lake';
import { type Scope, selectDates } from '../../lake/scope';
import { PartlyRefusedError, TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { listExistingKeys } from './existing-keys';
import { type ExistingKey, kpiTableNames, type RefusedItem } from './item-writes';
import type { LoadLease } from './load-lease';
import { commitRelease, loadOnce } from './load-once';
import { type DateToLoad, listKnownDates, planKpiLoad, readLoadState, servingTable } from './load-state';

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
	const existing = full ? await listExistingKeys(context) : [];
	const plan = full ? await planFullLoad(snapshot, scope, existing) : await planKpiLoad(snapshot, scope);
	const dates = plan.map(({ date }) => date);
	const outcome = { head: snapshot.head.number, dates: dates.length };
	if (dryRun) return { status: 'planned', ...outcome, plan };
	if (dates.length === 0) return { status: 'unchanged', ...outcome, put: 0, deleted: 0 };
	const { put, deleted, refused } = await loadDates(lake, context, dates, existing);
	const { head } = await lake.newest();
	const loaded: Outcome = {
		status: 'published',
		...outcome,
		head: head.number,
		partitions: dates.map((date) => `${servingTable}/${date}`),
		put,
		deleted,
	};
	if (refused.length === 0) return loaded;
	throw new PartlyRefusedError(refusalMessage(context, refused), { ...loaded, refused });
}

/** Loads dates, and those on which Gold changed during the load again. */
async function loadDates(
	lake: Lake,
	context: TaskContext,
	dates: readonly string[],
	existing: readonly ExistingKey[],
): Promise<{ put: number; deleted: number; refused: RefusedItem[] }> {
	const total = { put: 0, deleted: 0, refused: [] as RefusedItem[] };
	let remaining = dates;
	for (let round = 0; remaining.length > 0; round++) {
		const lease: LoadLease = { attempt: context.run.attempt, at: context.clock() };
		if (round === maxRounds) {
			await commitRelease(lake, context, remaining, lease);
			throw new TryAgainError(
				`Gold changed ${maxRounds} times while ${remaining.join(', ')} were loaded. Run it again when no other task runs.`,
			);
		}
		const { put, deleted, refused, overtaken } = await context.hold(
			loadOnce(lake, context, remaining, lease, existing),
		);
		total.put += put;
		total.deleted += deleted;
		total.refused.push(...refused.filter(({ date }) => !overtaken.includes(date)));
		remaining = overtaken;
	}
	return total;
}

function refusalMessage({ config }: TaskContext, refused: readonly RefusedItem[]): string {
	const tables = kpiTableNames(config);
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
async function planFullLoad(snapshot: Snapshot, scope: Scope, existing: readonly ExistingKey[]): Promise<DateToLoad[]> {
	const known = listKnownDates(await readLoadState(snapshot));
	const inTables = existing.map(({ key }) => key.order_date?.S ?? '');
	const dates = await selectDates(snapshot, scope, [...new Set([...known, ...inTables])].sort());
	return dates.map((date) => ({ date, reason: 'loaded again in full' }));
}
