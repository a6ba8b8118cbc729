import type { TaskContext } from '../context';
import type { Outcome } from '../platform/result';
import { countFiles, selectDropFiles } from './batch';
import { readMissedSince } from './gate';
import { DropLedger, reportKey } from './ledger';
import { DropLock } from './lock';
import { type Drop, listDropped } from './open-drop';

/** What is in the drop, which run works on it, and which batches are under way or held; for one batch also its report. */
export async function status(
	{ clock }: Pick<TaskContext, 'clock'>,
	drop: Drop,
	{ batch }: { readonly batch?: string | undefined },
): Promise<Outcome> {
	const { store, settings } = drop;
	const ledger = new DropLedger(store, settings);
	const [listing, known, lock, missed] = await Promise.all([
		listDropped(drop),
		ledger.batches(),
		new DropLock(store, settings.lockKey, clock).current(),
		readMissedSince(store, settings.thresholdKey),
	]);
	const batches = known
		.filter(({ batch: { batch: id } }) => batch === undefined || id === batch)
		.map(({ batch: { batch: id, as_of, files }, failure, loaded }) => ({
			batch: id,
			as_of,
			files: files.length,
			state: failure ? 'held' : loaded ? 'being moved away' : 'under way',
			failed_at: failure?.step ?? null,
			reason: failure?.reason ?? null,
		}));
	const report = batch === undefined ? undefined : await store.getText(reportKey(batch));
	return {
		status: 'done',
		...countFiles(selectDropFiles(listing)),
		minimum: settings.minimum,
		minimum_missed_since: missed?.toISOString() ?? null,
		lock: lock ?? null,
		batches,
		...(batch === undefined ? {} : { batch, done: await ledger.isDone(batch) }),
		...(report === undefined ? {} : { report }),
	};
}
