import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '../../context';
import { findFiles, passedOverWarning } from '../../pipeline/bronze';
import { UsageError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { Batcher, limits } from './batcher';
import { type Checkpoint, readCheckpoint, removeCheckpoint, writeCheckpoint } from './checkpoint';
import { type GeneratedEvents, generatedSources } from './generated-events';
import type { DeliveryStream } from './put-records';
import { batchSizeAt, RateLimiter } from './rate-limiter';
import { Sender } from './sender';
import { fileSource, type Source, type SourceRecord } from './source-records';
import { Watermarks } from './watermarks';

export interface SendOptions {
	readonly streamName: string;
	/** Files, folders and `s3://bucket/prefix`; or the events of generated days. */
	readonly from: { readonly files: readonly string[] } | { readonly generated: GeneratedEvents };
	/** Records a second; undefined for as fast as the stream takes them. */
	readonly rate?: number | undefined;
	/** Ends after this long, whatever is left. */
	readonly durationMs?: number | undefined;
	/** The file that keeps the progress of an interrupted run. */
	readonly checkpoint: string;
	readonly dryRun: boolean;
}

/** Waits before a batch is retried; a stream that takes nothing for about a minute fails the run. */
const retryBudget = { tries: 30, firstMs: 100, longestMs: 5000 } as const;
const checkpointEveryMs = 1000;
const reportEveryMs = 10_000;
/** Limit for batches in flight after a signal: the rest of a stopped task's 3 s is for the checkpoint. */
const flushMs = 2000;

/**
 * Sends the lines of sources to a delivery stream, one record each, in order and at least once. An interrupted run leaves
 * a checkpoint from which the same command resumes; a completed run leaves none.
 */
export async function sendStream(context: TaskContext, options: SendOptions): Promise<Outcome> {
	const { streamName, checkpoint: path, rate, durationMs } = options;
	const sources = await listSources(context, options.from);
	const identity = { stream: streamName, sources: sourceNames(options.from) };
	const earlier = await readCheckpoint(path, identity);
	if (options.dryRun) return planOutcome(options, earlier);
	const save = (lines: Checkpoint['lines']) => writeCheckpoint(path, { format: 1, ...identity, lines });
	// Fails before the first record is sent if the checkpoint can't be written.
	await save(earlier?.lines ?? {});
	if (earlier) context.log.info(`Resumes from the checkpoint ${path}.`);

	const watermarks = new Watermarks(earlier?.lines ?? {});
	const sender = new Sender(await openDelivery(context, streamName), watermarks);
	const limiter = new RateLimiter(rate, () => performance.now());
	const reporting = setInterval(() => context.log.info(describeProgress(sender, limiter, rate)), reportEveryMs);
	let isExhausted = false;
	try {
		const batches = batchesFrom(sources, watermarks, batchSizeAt(rate, limits.recordsOfBatch));
		const saveProgress = () => save(watermarks.lines);
		isExhausted = await sendBatches(batches, { sender, limiter, signal: context.signal, durationMs, saveProgress });
	} finally {
		clearInterval(reporting);
		await flush(sender, context.signal);
		await save(watermarks.lines);
	}
	const isComplete = isExhausted && sender.isIdle && sender.sent.failed === 0;
	if (!isComplete && !context.signal.aborted) await sender.settled();
	if (isComplete) await removeCheckpoint(path);
	const { records, bytes, batches, retried, failed } = sender.sent;
	return {
		status: isComplete ? 'sent' : context.signal.aborted ? 'terminated' : 'interrupted',
		stream: streamName,
		sent: records,
		bytes_out: bytes,
		batches,
		retried,
		failed,
		rate: Math.round(records / limiter.seconds),
		lag_seconds: Math.round(limiter.lag(records) * 10) / 10,
		checkpoint: isComplete ? null : path,
	};
}

interface Sending {
	readonly sender: Sender;
	readonly limiter: RateLimiter;
	readonly signal: AbortSignal;
	readonly durationMs: number | undefined;
	readonly saveProgress: () => Promise<void>;
}

/** Sends each batch when it is due; false if the duration or a signal ends it before the last one. */
async function sendBatches(
	batches: AsyncIterable<readonly SourceRecord[]>,
	{ sender, limiter, signal, durationMs = Number.POSITIVE_INFINITY, saveProgress }: Sending,
): Promise<boolean> {
	let savedAt = 0;
	const now = () => limiter.seconds * 1000;
	for await (const batch of batches) {
		const wait = limiter.release(batch.length);
		if (signal.aborted || now() + wait >= durationMs) return false;
		if (wait >= 1) await sleep(wait, undefined, { signal }).catch(() => undefined);
		if (signal.aborted) return false;
		await sender.send(batch);
		if (now() - savedAt < checkpointEveryMs) continue;
		await saveProgress();
		savedAt = now();
	}
	return !signal.aborted;
}

/** Waits for the batches in flight; after a signal only briefly. `settled` reports what a batch failed with. */
async function flush(sender: Sender, signal: AbortSignal): Promise<void> {
	const settled = sender.settled().catch(() => undefined);
	if (!signal.aborted) await Promise.race([settled, aborted(signal)]);
	if (signal.aborted) await Promise.race([settled, sleep(flushMs)]);
}

const aborted = (signal: AbortSignal) =>
	new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** The records of the sources after their watermarks, in batches. */
async function* batchesFrom(
	sources: Iterable<Source>,
	watermarks: Watermarks,
	maxRecords: number,
): AsyncGenerator<readonly SourceRecord[]> {
	const batcher = new Batcher<SourceRecord>(maxRecords);
	for (const { name, records } of sources) {
		for await (const chunk of records(watermarks.line(name))) {
			for (const record of chunk) {
				const complete = batcher.add(record);
				if (complete) yield complete;
			}
		}
	}
	const rest = batcher.rest();
	if (rest.length > 0) yield rest;
}

async function listSources(context: TaskContext, from: SendOptions['from']): Promise<Iterable<Source>> {
	if ('generated' in from) return generatedSources(from.generated);
	const { files, passedOver } = await findFiles(from.files, 'events', (bucket) => context.bucket(bucket), []);
	const warning = passedOverWarning(passedOver);
	if (warning) context.log.warn(warning);
	const other = files.find(({ format }) => format !== 'ndjson');
	if (other) {
		throw new UsageError(
			`${other.location}: only NDJSON is sent to a stream, plain or gzip. Write a JSON object a line.`,
		);
	}
	return files.map(fileSource);
}

/** The names of a run's sources, for its checkpoint. */
function sourceNames(from: SendOptions['from']): readonly string[] {
	if ('files' in from) return from.files;
	const { date, orders, seed } = from.generated;
	return [`events generated from ${date} on, ${orders} orders a day, seed ${seed}`];
}

async function openDelivery({ aws, log, signal }: TaskContext, stream: string): Promise<DeliveryStream> {
	return {
		firehose: await aws.firehose(),
		stream,
		retryBudget,
		random: Math.random,
		signal,
		onResult: ({ reason, left }) => {
			if (reason !== undefined) log.debug(`${left} records to retry: ${reason}`);
		},
	};
}

function describeProgress({ sent }: Sender, limiter: RateLimiter, rate: number | undefined): string {
	const lag = rate === undefined ? '' : `, ${limiter.lag(sent.records).toFixed(1)} s behind ${rate}/s`;
	return `${sent.records} records sent, ${(sent.records / limiter.seconds).toFixed(0)}/s${lag}; ${sent.retried} sent again`;
}

function planOutcome({ streamName, from, checkpoint, rate }: SendOptions, earlier: Checkpoint | undefined): Outcome {
	return {
		status: 'planned',
		stream: streamName,
		sources: sourceNames(from),
		rate: rate ?? null,
		checkpoint: earlier ? checkpoint : null,
		lines_sent: earlier?.lines ?? {},
	};
}
