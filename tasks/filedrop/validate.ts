import type { TaskContext } from '../context';
import { mapConcurrently } from '../platform/concurrency';
import { DataRefusedError } from '../platform/errors';
import { printable } from '../platform/printable';
import type { Outcome } from '../platform/result';
import { type BatchFile, countFiles, type DropBatch } from './batch';
import { DropLedger, landingKey, rejectedFolder, reportKey, type Verdict } from './ledger';
import { DropLock } from './lock';
import { moveFile } from './move';
import type { Drop } from './open-drop';
import { buildReport, isSound, summarize } from './report';
import { type ValidatedFile, validateFiles } from './validate-files';

/** What happens to a batch in which something is wrong. */
export type OnInvalid = Verdict['on_invalid'];

export interface ValidateOptions {
	readonly batch: string;
	readonly onInvalid: OnInvalid;
	/** The run that has to hold the lock; its lease is renewed. */
	readonly holder?: string | undefined;
	readonly leaseMs: number;
	/** A mapping file: its path, or `s3://bucket/key`. */
	readonly map?: string | undefined;
	readonly dryRun?: boolean;
}

/** Concurrent S3 copies. */
const parallelCopies = 8;
/** S3 copies an object of at most this many bytes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const maxCopyBytes = 5 * 1024 ** 3;

/**
 * Validates all files of a batch, and copies those to ingest into its landing zone, in exactly the versions that the gate
 * saw. `fail`: if anything is wrong, nothing is copied, and DataRefusedError says what. `quarantine`: files that can't be
 * read are moved to `rejected/<batch>/`, and only a batch without a readable file is refused. In both cases
 * `rejected/<batch>/report.txt` says what is wrong.
 */
export async function validate(context: TaskContext, drop: Drop, options: ValidateOptions): Promise<Outcome> {
	const { store, settings } = drop;
	const ledger = new DropLedger(store, settings);
	const { batch } = await ledger.open(options.batch);
	if (options.holder !== undefined && !options.dryRun) {
		const { holder, leaseMs } = options;
		await new DropLock(store, settings.lockKey, context.clock).renew({ holder, leaseMs, attempt: context.run.attempt });
	}
	requireCopyable(batch);
	const before = await ledger.verdict(batch.batch);
	if (before?.on_invalid === options.onInvalid) return applyVerdict(context, drop, batch, before);
	const validated = await validateFiles(context, store, batch, {
		refuses: options.onInvalid === 'fail' && !options.dryRun,
		map: options.map,
	});
	const verdict = decideVerdict(validated, options.onInvalid);
	if (options.dryRun) return { status: 'planned', batch: batch.batch, ...verdict, ...sumCounts(validated) };
	if (!validated.every(isSound)) {
		const left = options.onInvalid === 'fail' ? 'held' : verdict.accepted.length > 0 ? 'rest' : 'nothing';
		await store.putText(reportKey(batch.batch), buildReport(batch, validated, { at: context.clock(), left }));
		if (options.onInvalid === 'fail') throw refusal(drop, batch, validated);
		context.log.warn(`Something is wrong with batch ${batch.batch}:\n${summarize(validated).join('\n')}`);
	}
	// From here on the verdict is final: a repeated run only does the rest.
	await ledger.putVerdict(batch.batch, verdict);
	return { ...(await applyVerdict(context, drop, batch, verdict)), ...sumCounts(validated) };
}

/** Throws DataRefusedError if a file can be moved neither to the landing zone nor to `rejected/`. */
function requireCopyable({ batch, files }: DropBatch): void {
	const tooLarge = files.filter(({ bytes }) => bytes > maxCopyBytes).map(({ name }) => name);
	if (tooLarge.length === 0) return;
	throw new DataRefusedError(
		`Batch ${batch}: ${printable(tooLarge.join(', '))} has more than 5 GiB, the most that S3 copies at once. Send it in parts, or plain files as .csv.gz; nothing is loaded.`,
	);
}

const decideVerdict = (validated: readonly ValidatedFile[], onInvalid: OnInvalid): Verdict => ({
	on_invalid: onInvalid,
	accepted: validated
		.filter((file) => (onInvalid === 'fail' ? isSound(file) : file.readable))
		.map(({ file }) => file.name),
	rejected: validated.filter(({ readable }) => !readable).map(({ file }) => file.name),
});

/** Brings the objects in line with the verdict; can be repeated. */
async function applyVerdict(context: TaskContext, drop: Drop, batch: DropBatch, verdict: Verdict): Promise<Outcome> {
	const { store, settings } = drop;
	const accepted = batch.files.filter(({ name }) => verdict.accepted.includes(name));
	const wanted = new Set(accepted.map((file) => landingKey(batch.batch, file)));
	const lakeBucket = context.config.bucket;
	const land = (file: BatchFile) => store.copy(file, { bucket: lakeBucket, key: landingKey(batch.batch, file) });
	await mapConcurrently(accepted, parallelCopies, land, context.signal);
	await deleteLanded(context, batch, (key) => !wanted.has(key));
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
		// What passes here passes `ingest`: with 'fail' there is nothing to reject.
		max_rejected: verdict.on_invalid === 'fail' ? '0%' : '100%',
		...(verdict.rejected.length > 0 ? { report: `s3://${settings.bucket}/${reportKey(batch.batch)}` } : {}),
	};
}

/** Deletes objects of the batch from the landing zone: all, or some. */
export async function deleteLanded(
	context: TaskContext,
	batch: DropBatch,
	isObsolete: (key: string) => boolean = () => true,
): Promise<void> {
	const { store } = await context.lake();
	const keys: string[] = [];
	for (const dataset of new Set(batch.files.map(({ dataset }) => dataset))) {
		for await (const { key } of store.list(landingKey(batch.batch, { dataset, name: '' }))) {
			if (isObsolete(key)) keys.push(key);
		}
	}
	await store.delete(keys);
}

function refusal({ settings }: Drop, { batch }: DropBatch, validated: readonly ValidatedFile[]): DataRefusedError {
	return new DataRefusedError(
		[
			`Something is wrong with batch ${batch}; nothing is loaded, and its files stay where they are.`,
			'The first fault of each file:',
			...summarize(validated),
			`All of them: s3://${settings.bucket}/${reportKey(batch)}. Fix the files and send them again. To load the rest without what is wrong: --on-invalid quarantine.`,
		].join('\n'),
	);
}

function sumCounts(validated: readonly ValidatedFile[]): {
	received: number;
	rejected: number;
	unknown_references: number;
} {
	const sum = (of: 'received' | 'rejected' | 'unknown') => validated.reduce((total, file) => total + file[of], 0);
	return { received: sum('received'), rejected: sum('rejected'), unknown_references: sum('unknown') };
}
