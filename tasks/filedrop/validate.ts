import type { TaskContext } from '../context';
import { mapConcurrently } from '../platform/concurrency';
import { DataRefusedError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { countFiles, type DropBatch } from './batch';
import type { DropPlace } from './drop-place';
import { type InspectedFile, inspect } from './inspect';
import { DropLedger, landingKey, rejectedFolder, reportKey, type Verdict } from './ledger';
import { DropLock } from './lock';
import { moveFile } from './move';
import { buildReport, isSound, summarize } from './report';

/** What becomes of a batch in which something is wrong. */
export type OnInvalid = Verdict['on_invalid'];

export interface ValidateOptions {
	readonly batch: string;
	readonly onInvalid: OnInvalid;
	/** The run that has to have the lock; its lease is prolonged. */
	readonly holder?: string | undefined;
	readonly leaseMs: number;
	readonly dryRun?: boolean;
}

/** S3 copies at a time. */
const parallelCopies = 8;

/**
 * Checks all files of a batch, and puts those that are to be ingested into its landing zone, in the very versions that
 * the gate saw. `fail`: where anything is wrong nothing is put there, and DataRefusedError says what. `quarantine`: files
 * that can't be read are moved to `rejected/<batch>/`, and only a batch without any good file is refused.
 * In both cases `rejected/<batch>/report.txt` says what was wrong.
 */
export async function validate(context: TaskContext, place: DropPlace, options: ValidateOptions): Promise<Outcome> {
	const { store, settings } = place;
	const ledger = new DropLedger(store, settings);
	const { batch } = await ledger.open(options.batch);
	if (options.holder !== undefined && !options.dryRun) {
		const { holder, leaseMs } = options;
		await new DropLock(store, settings.lockKey, context.clock).keep({ holder, leaseMs, attempt: context.run.attempt });
	}
	const before = await ledger.verdict(batch.batch);
	if (before?.on_invalid === options.onInvalid) return apply(context, place, batch, before);
	const inspected = await inspect(context, store, batch, {
		refuses: options.onInvalid === 'fail' && !options.dryRun,
	});
	const verdict = decideVerdict(inspected, options.onInvalid);
	if (options.dryRun) return { status: 'planned', batch: batch.batch, ...verdict, ...sumCounts(inspected) };
	if (!inspected.every(isSound)) {
		const left = options.onInvalid === 'fail' ? 'held' : verdict.accepted.length > 0 ? 'rest' : 'nothing';
		await store.putText(reportKey(batch.batch), buildReport(batch, inspected, { at: context.clock(), left }));
		if (options.onInvalid === 'fail') throw refusal(place, batch, inspected);
		context.log.warn(`Something is wrong with batch ${batch.batch}:\n${summarize(inspected).join('\n')}`);
	}
	// From here on it is settled: whoever repeats this only does the rest.
	await ledger.putVerdict(batch.batch, verdict);
	return { ...(await apply(context, place, batch, verdict)), ...sumCounts(inspected) };
}

const decideVerdict = (inspected: readonly InspectedFile[], onInvalid: OnInvalid): Verdict => ({
	on_invalid: onInvalid,
	accepted: inspected
		.filter((file) => (onInvalid === 'fail' ? isSound(file) : file.readable))
		.map(({ file }) => file.name),
	rejected: inspected.filter(({ readable }) => !readable).map(({ file }) => file.name),
});

/** Brings the objects in line with the verdict; whatever of it is done already stays so. */
async function apply(context: TaskContext, place: DropPlace, batch: DropBatch, verdict: Verdict): Promise<Outcome> {
	const { store, settings } = place;
	const accepted = batch.files.filter(({ name }) => verdict.accepted.includes(name));
	const wanted = new Set(accepted.map((file) => landingKey(batch.batch, file)));
	const lakeBucket = context.config.bucket;
	await mapConcurrently(accepted, parallelCopies, (file) =>
		store.copy(file, { bucket: lakeBucket, key: landingKey(batch.batch, file) }),
	);
	await removeLanded(context, batch, (key) => !wanted.has(key));
	const rejected = batch.files.filter(({ name }) => verdict.rejected.includes(name));
	for (const file of rejected) await moveFile(store, file, rejectedFolder(batch.batch));
	if (accepted.length === 0) {
		throw new DataRefusedError(
			`No file of batch ${batch.batch} can be read; nothing is loaded. All are in s3://${settings.bucket}/${rejectedFolder(batch.batch)}, and report.txt there says why.`,
		);
	}
	return {
		status: 'valid',
		batch: batch.batch,
		as_of: batch.as_of,
		...countFiles(accepted),
		files: verdict.accepted,
		rejected_files: verdict.rejected,
		// What passes here passes there: with 'fail' there is nothing to reject.
		max_rejected: verdict.on_invalid === 'fail' ? '0%' : '100%',
		...(verdict.rejected.length > 0 ? { report: `s3://${settings.bucket}/${reportKey(batch.batch)}` } : {}),
	};
}

/** Removes objects of the batch from the landing zone: all, or some. */
export async function removeLanded(
	context: TaskContext,
	batch: DropBatch,
	isWanted: (key: string) => boolean = () => true,
): Promise<void> {
	const { store } = await context.lake();
	const keys: string[] = [];
	for (const dataset of new Set(batch.files.map(({ dataset }) => dataset))) {
		for await (const { key } of store.list(landingKey(batch.batch, { dataset, name: '' }))) {
			if (isWanted(key)) keys.push(key);
		}
	}
	await store.delete(keys);
}

function refusal({ settings }: DropPlace, { batch }: DropBatch, inspected: readonly InspectedFile[]): DataRefusedError {
	return new DataRefusedError(
		[
			`Something is wrong with batch ${batch}; nothing is loaded, and its files stay where they are. The first fault of each file:`,
			...summarize(inspected),
			`All of them: s3://${settings.bucket}/${reportKey(batch)}. Mend the files and send them again. To load the rest without what is wrong: --on-invalid quarantine.`,
		].join('\n'),
	);
}

function sumCounts(inspected: readonly InspectedFile[]): {
	received: number;
	rejected: number;
	unknown_references: number;
} {
	const sum = (of: 'received' | 'rejected' | 'unknown') => inspected.reduce((total, file) => total + file[of], 0);
	return { received: sum('received'), rejected: sum('rejected'), unknown_references: sum('unknown') };
}
