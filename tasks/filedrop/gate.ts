import type { TaskContext } from '../context';
import type { ObjectStore } from '../lake';
import { NoInputError } from '../platform/errors';
import { readIsoTime } from '../platform/iso-time';
import type { Outcome } from '../platform/result';
import { assembleBatch, type BatchFile, batchIdentity, countFiles, type DropBatch, selectDropFiles } from './batch';
import { datasetByName, shownPatterns } from './file-names';
import { decide } from './gate-decision';
import { DropLedger, heldMessage, type KnownBatch } from './ledger';
import { type Drop, listDropped } from './open-drop';

/**
 * Checks whether there is a batch to process, and records its files by key and version. A batch that is already under way
 * comes first, as it was recorded. The outcome's status is `open`, or `waiting` if more files are expected. Throws
 * NoInputError if there is nothing to wait for: no files, or only those of a failed batch.
 */
export async function gate(
	{ clock, log }: Pick<TaskContext, 'clock' | 'log'>,
	drop: Drop,
	{ dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Outcome> {
	const { store, settings } = drop;
	const ledger = new DropLedger(store, settings);
	const known = await ledger.batches();
	const underWay = await findUnderWay(ledger, known, dryRun);
	if (underWay) return gateOutcome('open', underWay, { resumed: true });

	const listing = await listDropped(drop);
	const files = excludeLoaded(selectDropFiles(listing), known);
	const held = known.find((batch) => isUnchanged(batch, files));
	const missed = await readMissedSince(store, settings.thresholdKey);
	const now = clock();
	const decision = held ? ({ kind: 'empty' } as const) : decide(countFiles(files), missed, now, settings);
	const others = listing.filter(({ key }) => datasetByName(key) === undefined && !isOwn(key, settings));
	if (others.length > 0) {
		log.warn(
			`Ignored, because their names don’t match a drop’s files (${Object.values(shownPatterns).join(', ')}): ${others.map(({ key }) => key).join(', ')}`,
		);
	}
	if (decision.kind !== 'open') {
		const since = decision.kind === 'wait' ? decision.since : undefined;
		if (!dryRun) await keepThreshold(store, settings.thresholdKey, missed, since);
	}
	if (decision.kind === 'empty') throw nothingToDo(drop, held ?? known.find(({ loaded }) => loaded));
	if (decision.kind === 'wait') {
		return {
			status: 'waiting',
			waits_for: decision.waitsFor,
			since: decision.since.toISOString(),
			processed_anyway_at: decision.until.toISOString(),
			...countFiles(files),
		};
	}
	const batch = assembleBatch(files, { bucket: settings.bucket, asOf: now, forced: decision.forced });
	if (dryRun) return gateOutcome('planned', batch, { resumed: false });
	const noted = await ledger.recordBatch(batch);
	// Only now: if this had broken off earlier, the wait would start over.
	await keepThreshold(store, settings.thresholdKey, missed, undefined);
	// The files have changed since these batches failed.
	for (const { batch, loaded } of known) if (!loaded) await ledger.deleteRecords(batch.batch);
	return gateOutcome('open', noted, { resumed: false });
}

function nothingToDo({ settings }: Drop, held: KnownBatch | undefined): NoInputError {
	return held?.failure
		? new NoInputError(heldMessage(held.batch, held.failure))
		: new NoInputError(`There are no files of a drop under s3://${settings.bucket}/${settings.prefix}.`);
}

/** Whether an object is one of the file drop's own. */
const isOwn = (key: string, { lockKey, thresholdKey, prefix }: Drop['settings']): boolean =>
	[lockKey, thresholdKey, prefix].includes(key);

/** The batch to continue with. Deletes the records of batches that are done, if a run died before it did. */
async function findUnderWay(
	ledger: DropLedger,
	known: readonly KnownBatch[],
	dryRun: boolean,
): Promise<DropBatch | undefined> {
	for (const { batch, failure } of known) {
		if (failure) continue;
		if (!(await ledger.isDone(batch.batch))) return batch;
		if (!dryRun) await ledger.deleteRecords(batch.batch);
	}
	return undefined;
}

/** Whether these are the files of a batch; its quarantined files are no longer there. */
function isUnchanged({ batch, rejected }: KnownBatch, files: readonly BatchFile[]): boolean {
	const left = batch.files.filter(({ name }) => !rejected.includes(name));
	return files.length > 0 && [batch.files, left].map(batchIdentity).includes(batchIdentity(files));
}

/** Leaves out the files of loaded batches that could not be moved away yet. */
function excludeLoaded(files: readonly BatchFile[], known: readonly KnownBatch[]): BatchFile[] {
	const taken = known.filter(({ loaded }) => loaded).flatMap(({ batch }) => batch.files);
	const isTaken = new Set(taken.map(({ key, version }) => JSON.stringify([key, version])));
	return files.filter(({ key, version }) => !isTaken.has(JSON.stringify([key, version])));
}

/** When the minimum was first missed, from the object that keeps it; one that can't be read counts as never. */
export async function readMissedSince(store: ObjectStore, key: string): Promise<Date | undefined> {
	const found = await store.getText(key);
	if (found === undefined) return undefined;
	try {
		const since = readIsoTime(String(JSON.parse(found).threshold_not_met_since));
		return since && new Date(since.ms);
	} catch {
		return undefined;
	}
}

/** Keeps when the minimum was first missed; without `since` deletes the object. */
async function keepThreshold(
	store: ObjectStore,
	key: string,
	before: Date | undefined,
	since: Date | undefined,
): Promise<void> {
	if (since === undefined) {
		if ((await store.getText(key)) !== undefined) await store.delete([key]);
	} else if (before === undefined) {
		await store.putText(key, JSON.stringify({ threshold_not_met_since: since.toISOString() }));
	}
}

function gateOutcome(
	status: string,
	{ batch, as_of, forced, files }: DropBatch,
	{ resumed }: { readonly resumed: boolean },
): Outcome {
	return { status, batch, as_of, forced, resumed, ...countFiles(files), files: files.map(({ name }) => name) };
}
