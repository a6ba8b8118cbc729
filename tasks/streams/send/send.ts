import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '../../context';
import { findFiles, passedOverWarning } from '../../pipeline/bronze';
import { UsageError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { Batcher, limits } from './batcher';
import { type Checkpoint, Reach, readCheckpoint, removeCheckpoint, writeCheckpoint } from './checkpoint';
import { type GeneratedEvents, generatedSources } from './generated-events';
import { Pace, recordsOfBatch } from './pace';
import type { Delivery } from './put-records';
import { Sender } from './sender';
import { fileSource, type Source, type SourceRecord } from './source-records';

export interface SendOptions {
	readonly streamName: string;
	/** Files, folders and `s3://bucket/prefix`; or the events of generated days. */
	readonly from: { readonly files: readonly string[] } | { readonly generated: GeneratedEvents };
	/** Records a second; undefined for as fast as the stream takes them. */
	readonly rate?: number | undefined;
	/** Ends after so long, wherever it is then. */
	readonly durationMs?: number | undefined;
	/** The file that remembers how far an interrupted run has come. */
	readonly checkpoint: string;
	readonly dryRun: boolean;
}

/** Waits between the tries of a batch; a stream that takes nothing for about a minute fails the run. */
const patience = { tries: 30, firstMs: 100, longestMs: 5000 } as const;
const checkpointEveryMs = 1000;
const reportEveryMs = 10_000;
/** How long what is under way may take after a signal: the rest of a stopped task's 3 s is for the checkpoint. */
const flushMs = 2000;

/**
 * Sends the records of sources to a delivery stream, each line a record, begun in order, each at least once. A run that
 * is interrupted leaves a checkpoint, from which the same command goes on; one that is through leaves none.
 */
export async function sendStream(context: TaskContext, options: SendOptions): Promise<Outcome> {
	const { streamName, checkpoint: path, rate } = options;
	const sources = await listSources(context, options.from);
	const identity = { stream: streamName, sources: sourceNames(options.from) };
	const earlier = await readCheckpoint(path, identity);
	if (options.dryRun) return planOutcome(options, earlier);
	const save = (lines: Checkpoint['lines']) => writeCheckpoint(path, { format: 1, ...identity, lines });
	// That nothing can be written there is better known before a million records are sent.
	await save(earlier?.lines ?? {});
	if (earlier) context.log.info(`Goes on from the checkpoint ${path}.`);

	const reach = new Reach(earlier?.lines ?? {});
	const sender = new Sender(await openDelivery(context, streamName), reach);
	const pace = new Pace(rate, () => performance.now());
	const reporting = setInterval(() => context.log.info(describeProgress(sender, pace, rate)), reportEveryMs);
	let isThrough = false;
	try {
		const batches = batchesFrom(sources, reach, recordsOfBatch(rate, limits.recordsOfBatch));
		isThrough = await feed(batches, {
			sender,
			pace,
			signal: context.signal,
			durationMs: options.durationMs,
			save,
			reach,
		});
	} finally {
		clearInterval(reporting);
		await flush(sender, context.signal);
		await save(reach.lines);
	}
	const isComplete = isThrough && sender.isIdle && sender.sent.failed === 0;
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
		rate: Math.round(records / pace.seconds),
		lag_seconds: Math.round(pace.lag(records) * 10) / 10,
		checkpoint: isComplete ? null : path,
	};
}

/** Sends batch after batch, each when it is due; false where the time or a signal has ended it before the last. */
async function feed(
	batches: AsyncIterable<readonly SourceRecord[]>,
	{
		sender,
		pace,
		signal,
		durationMs = Number.POSITIVE_INFINITY,
		save,
		reach,
	}: {
		sender: Sender;
		pace: Pace;
		signal: AbortSignal;
		durationMs: number | undefined;
		save: (lines: Checkpoint['lines']) => Promise<void>;
		reach: Reach;
	},
): Promise<boolean> {
	let savedAt = 0;
	const isOver = (wait = 0) => signal.aborted || pace.seconds * 1000 + wait >= durationMs;
	for await (const batch of batches) {
		const wait = pace.release(batch.length);
		if (isOver(wait)) return false;
		if (wait >= 1) await sleep(wait, undefined, { signal }).catch(() => undefined);
		if (signal.aborted) return false;
		await sender.send(batch);
		if (pace.seconds * 1000 - savedAt < checkpointEveryMs) continue;
		await save(reach.lines);
		savedAt = pace.seconds * 1000;
	}
	return !signal.aborted;
}

/** Waits for what is under way; not for long where a signal has come. What a batch fails with is told by `settled`. */
async function flush(sender: Sender, signal: AbortSignal): Promise<void> {
	const settled = sender.settled().catch(() => undefined);
	if (!signal.aborted) await Promise.race([settled, aborted(signal)]);
	if (signal.aborted) await Promise.race([settled, sleep(flushMs)]);
}

const aborted = (signal: AbortSignal) =>
	new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** The records of the sources behind what has been taken, in batches. */
async function* batchesFrom(
	sources: Iterable<Source>,
	reach: Reach,
	most: number,
): AsyncGenerator<readonly SourceRecord[]> {
	const batcher = new Batcher<SourceRecord>(most);
	for (const { name, records } of sources) {
		for await (const some of records(reach.of(name))) {
			for (const record of some) {
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
	const { files, passedOver } = await findFiles(from.files, 'events', (bucket) => context.bucket(bucket));
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

/** Names the sources of a run, for its checkpoint. */
function sourceNames(from: SendOptions['from']): readonly string[] {
	if ('files' in from) return from.files;
	const { date, orders, seed } = from.generated;
	return [`events generated from ${date} on, ${orders} orders a day, seed ${seed}`];
}

async function openDelivery({ aws, log, signal }: TaskContext, stream: string): Promise<Delivery> {
	return {
		firehose: await aws.firehose(),
		stream,
		...patience,
		random: Math.random,
		signal,
		answered: ({ why, left }) => {
			if (why !== undefined) log.debug(`${left} records to send again: ${why}`);
		},
	};
}

function describeProgress({ sent }: Sender, pace: Pace, rate: number | undefined): string {
	const lag = rate === undefined ? '' : `, ${pace.lag(sent.records).toFixed(1)} s behind ${rate}/s`;
	return `${sent.records} records sent, ${(sent.records / pace.seconds).toFixed(0)}/s${lag}; ${sent.retried} sent again`;
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
