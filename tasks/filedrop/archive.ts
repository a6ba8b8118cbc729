import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import { lookUp } from '../platform/look-up';
import type { Outcome } from '../platform/result';
import type { BatchFile, DropBatch } from './batch';
import { DropLedger, processedFolder, rejectedFolder } from './ledger';
import { DropLock } from './lock';
import { moveFile } from './move';
import type { Drop } from './open-drop';
import { deleteLanded } from './validate';

export interface ArchiveOptions {
	readonly batch: string;
	/** The run that has to hold the lock; its lease is renewed. */
	readonly holder?: string | undefined;
	readonly leaseMs: number;
	readonly dryRun?: boolean;
}

/**
 * Moves the files of a loaded batch to `processed/<batch>/`, records there what they were, and deletes the batch's own
 * records. Throws UsageError if the batch is not in the lake yet.
 */
export async function archive(context: TaskContext, drop: Drop, options: ArchiveOptions): Promise<Outcome> {
	const { store, settings } = drop;
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
		await new DropLock(store, settings.lockKey, context.clock).renew({ holder, leaseMs, attempt: context.run.attempt });
	}
	// From here on no other batch takes these files, however long moving them takes.
	await ledger.recordLoaded(id, context.clock());
	for (const file of batch.files) {
		await moveFile(store, file, verdict.accepted.includes(file.name) ? processedFolder(id) : rejectedFolder(id));
	}
	// Once a batch is done, only its records are deleted: everything else has to come before.
	await deleteLanded(context, batch);
	await ledger.recordDone(batch, verdict);
	await ledger.deleteRecords(id);
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
