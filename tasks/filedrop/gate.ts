import type { TaskContext } from '../context';
import { NoInputError } from '../platform/errors';
import { readIsoTime } from '../platform/iso-time';
import type { Outcome } from '../platform/result';
import { assembleBatch, type BatchFile, batchIdentity, countFiles, type DropBatch, dropFiles } from './batch';
import type { DropPlace } from './drop-place';
import type { DropStore } from './drop-store';
import { datasetByName, shownPatterns } from './file-names';
import { DropLedger, heldText, type KnownBatch } from './ledger';
import { decide } from './threshold';

/**
 * Looks whether there is a batch to process, and notes it: its files, by key and version. A batch that is under way
 * already comes first, as it was noted. The outcome's status is `open`, or `waiting` where more files are to come.
 * Throws NoInputError where there is nothing to wait for: no files, or only those of a batch that has failed.
 */
export async function gate(
	{ clock, log }: Pick<TaskContext, 'clock' | 'log'>,
	place: DropPlace,
	{ dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Outcome> {
	const { store, settings } = place;
	const ledger = new DropLedger(store, settings);
	const known = await ledger.batches();
	const underWay = await firstUnderWay(ledger, known, dryRun);
	if (underWay) return gateOutcome('open', underWay, { resumed: true });

	const listing = await store.current(settings.prefix);
	const files = notMovedYet(dropFiles(listing), known);
	const held = known.find((batch) => isUnchanged(batch, files));
	const missed = await missedSince(store, settings.thresholdKey);
	const now = clock();
	const decision = held ? ({ kind: 'empty' } as const) : decide(countFiles(files), missed, now, settings);
	const others = listing.filter(({ key }) => datasetByName(key) === undefined && !isOwn(key, settings));
	if (others.length > 0) {
		log.warn(
			`Left alone, because their names are none of a drop (${Object.values(shownPatterns).join(', ')}): ${others.map(({ key }) => key).join(', ')}`,
		);
	}
	if (decision.kind !== 'open') {
		const since = decision.kind === 'wait' ? decision.since : undefined;
		if (!dryRun) await keepThreshold(store, settings.thresholdKey, missed, since);
	}
	if (decision.kind === 'empty') throw nothingToDo(place, held ?? known.find(({ loaded }) => loaded));
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
	const noted = await ledger.note(batch);
	// Only now: had this broken off before, the waiting would begin anew.
	await keepThreshold(store, settings.thresholdKey, missed, undefined);
	// The files have changed since these failed.
	for (const { batch, loaded } of known) if (!loaded) await ledger.forget(batch.batch);
	return gateOutcome('open', noted, { resumed: false });
}

function nothingToDo({ settings }: DropPlace, held: KnownBatch | undefined): NoInputError {
	return held?.failure
		? new NoInputError(heldText(held.batch, held.failure))
		: new NoInputError(`There are no files of a drop under s3://${settings.bucket}/${settings.prefix}.`);
}

/** Whether an object is the file drop's own. */
const isOwn = (key: string, { lockKey, thresholdKey, prefix }: DropPlace['settings']): boolean =>
	[lockKey, thresholdKey, prefix].includes(key);

/** The batch to go on with; one that is done, and was only not forgotten yet, is. */
async function firstUnderWay(
	ledger: DropLedger,
	known: readonly KnownBatch[],
	dryRun: boolean,
): Promise<DropBatch | undefined> {
	for (const { batch, failure } of known) {
		if (failure) continue;
		if (!(await ledger.isDone(batch.batch))) return batch;
		if (!dryRun) await ledger.forget(batch.batch);
	}
	return undefined;
}

/** Whether these are the files of a batch; what was put aside is not there any more. */
function isUnchanged({ batch, rejected }: KnownBatch, files: readonly BatchFile[]): boolean {
	const left = batch.files.filter(({ name }) => !rejected.includes(name));
	return files.length > 0 && [batch.files, left].map(batchIdentity).includes(batchIdentity(files));
}

/** Without the files of batches that are in the lake, but could not be moved away. */
function notMovedYet(files: readonly BatchFile[], known: readonly KnownBatch[]): BatchFile[] {
	const taken = known.filter(({ loaded }) => loaded).flatMap(({ batch }) => batch.files);
	const isTaken = new Set(taken.map(({ key, version }) => JSON.stringify([key, version])));
	return files.filter(({ key, version }) => !isTaken.has(JSON.stringify([key, version])));
}

/** When the minimum was first missed, as the object says; what can't be read counts as never. */
export async function missedSince(store: DropStore, key: string): Promise<Date | undefined> {
	const found = await store.getText(key);
	if (!found) return undefined;
	try {
		const since = readIsoTime(String(JSON.parse(found.text).threshold_not_met_since));
		return since && new Date(since.ms);
	} catch {
		return undefined;
	}
}

/** Keeps when the minimum was first missed while it is missed, and removes the object else. */
async function keepThreshold(
	store: DropStore,
	key: string,
	before: Date | undefined,
	since: Date | undefined,
): Promise<void> {
	if (since === undefined) {
		if (await store.getText(key)) await store.remove([key]);
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
