import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import { lookUp } from '../platform/look-up';
import type { Outcome } from '../platform/result';
import type { BatchFile, DropBatch } from './batch';
import { DropLedger, processedFolder, rejectedFolder } from './ledger';
import { DropLock } from './lock';
import { moveFile } from './move';
import type { Drop } from './open-drop';
import { removeLanded } from './validate';

export interface ArchiveOptions {
	readonly batch: string;
	/** The run that has to have the lock; its lease is prolonged. */
	readonly holder?: string | undefined;
	readonly leaseMs: number;
	readonly dryRun?: boolean;
}

/**
 * Moves the files of a batch that is in the lake to `processed/<batch>/`, notes there what they were, and forgets the
 * batch. Throws UsageError where the batch is not in the lake yet.
 */
export async function archive(context: TaskContext, place: Drop, options: ArchiveOptions): Promise<Outcome> {
	const { store, settings } = place;
	const ledger = new DropLedger(store, settings);
	const { batch } = await ledger.open(options.batch);
	const id = batch.batch;
	const verdict = await ledger.verdict(id);
	if (!verdict) throw new UsageError(`Batch ${id} is not validated yet: 'shoplake filedrop validate --batch ${id}'.`);
	const accepted = batch.files.filter(({ name }) => verdict.accepted.includes(name));
	await checkAdmitted(context, batch, accepted);
	const names = accepted.map(({ name }) => name);
	const location = `s3://${settings.bucket}/${processedFolder(id)}`;
	if (options.dryRun) return { status: 'planned', batch: id, location, files: names };
	if (options.holder !== undefined) {
		const { holder, leaseMs } = options;
		await new DropLock(store, settings.lockKey, context.clock).keep({ holder, leaseMs, attempt: context.run.attempt });
	}
	// Its files are this batch's from here on, however long it takes to move them away.
	await ledger.noteLoaded(id, context.clock());
	for (const file of batch.files) {
		await moveFile(store, file, verdict.accepted.includes(file.name) ? processedFolder(id) : rejectedFolder(id));
	}
	// A batch that is done is only forgotten: all else has to come before that.
	await removeLanded(context, batch);
	await ledger.noteDone(batch, verdict);
	await ledger.forget(id);
	return { status: 'archived', batch: id, location, files: names };
}

async function checkAdmitted(context: TaskContext, batch: DropBatch, files: readonly BatchFile[]): Promise<void> {
	const { admitted } = await (await (await context.lake()).newest()).ledger();
	const missing = files.find(({ dataset }) => lookUp(admitted[dataset], batch.batch) === undefined);
	if (!missing) return;
	throw new UsageError(
		`The ${missing.dataset} of batch ${batch.batch} are not in the lake yet: first 'shoplake ingest --batch ${batch.batch}' and 'shoplake clean --batch ${batch.batch}'.`,
	);
}
