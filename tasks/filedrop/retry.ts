import { NoInputError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { DropLedger } from './ledger';
import type { Drop } from './open-drop';

/** Releases failed batches, so that the gate retries them: the one named, or all. Throws NoInputError if none is held. */
export async function retry(
	{ store, settings }: Drop,
	{ batch, dryRun }: { readonly batch?: string | undefined; readonly dryRun?: boolean },
): Promise<Outcome> {
	const ledger = new DropLedger(store, settings);
	const held = (await ledger.batches()).filter(
		({ batch: { batch: id }, failure }) => failure !== undefined && (batch === undefined || id === batch),
	);
	const ids = held.map(({ batch }) => batch.batch);
	if (ids.length === 0) {
		throw new NoInputError(batch ? `Batch ${batch} is not held.` : 'No batch is held: there is nothing to retry.');
	}
	if (dryRun) return { status: 'planned', batches: ids };
	for (const id of ids) await ledger.releaseBatch(id);
	return { status: 'released', batches: ids };
}
