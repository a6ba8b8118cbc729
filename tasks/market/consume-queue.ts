import type { TaskContext } from '../context';
import { TryAgainError } from '../platform/errors';
import { isRetryable } from '../platform/failure';
import type { Outcome } from '../platform/result';
import { consumeMessages, sumCounts } from './consume-messages';
import { Queue } from './queue';
import { PoisonFileError } from './read-quotes';
import { UnrecognisedMessageError } from './s3-notification';

export interface ConsumeQueueOptions {
	/** Its URL. */
	readonly queue: string;
	readonly table: string;
	/** The queue counts as empty after this long without a message; at most 20 s, the limit of SQS. */
	readonly idleSeconds: number;
	/** See QuoteTable. */
	readonly retentionDays: number;
	readonly dryRun: boolean;
}

/** Batches of ten messages in flight: one is received while another is written. */
const parallelBatches = 2;

/**
 * Does the work of `ConsumerLambda` until the queue is empty or the task is stopped. A message that fails stays in the
 * queue: it is delivered again, and moves to the dead-letter queue after the queue's maximum of receives.
 *
 * Throws if messages failed for a reason outside of their files.
 */
export async function consumeQueue(context: TaskContext, options: ConsumeQueueOptions): Promise<Outcome> {
	const { aws, signal, log } = context;
	const { queue: url, table, idleSeconds, retentionDays, dryRun } = options;
	if (dryRun) return { status: 'planned', queue: url, table };
	const [s3, dynamodb, sqs] = await Promise.all([aws.s3(), aws.dynamodb(), aws.sqs()]);
	const queue = new Queue(sqs, url, 'SHOPLAKE_STOCK_QUEUE');
	// Never aborted, so that messages in flight are finished: a request that is cut off has been paid for already.
	const consumer = {
		...{ s3, dynamodb, table, retentionDays },
		consumed: (units: number) => aws.meter.consume('write', units),
		random: Math.random,
		signal: new AbortController().signal,
	};
	let sums = sumCounts([]);
	const failures: Error[] = [];
	const consumeUntilEmpty = async () => {
		while (!signal.aborted && !failures.some(isPermanent)) {
			const messages = await queue
				.receive({ waitSeconds: idleSeconds, signal })
				.catch((error) => (signal.aborted ? [] : Promise.reject(error)));
			if (messages.length === 0) return;
			const consumed = await consumeMessages(consumer, messages);
			const failed = new Set(consumed.filter(({ error }) => error).map(({ message }) => message.id));
			await queue.delete(messages.filter(({ id }) => !failed.has(id)));
			for (const { error } of consumed) {
				if (error) log.error(error.message);
				if (error && !isFileFailure(error)) failures.push(error);
			}
			sums = addSums(sums, sumCounts(consumed));
		}
	};
	await Promise.all(Array.from({ length: parallelBatches }, consumeUntilEmpty));
	throwFailure(failures, sums.messages);
	const status = signal.aborted ? 'terminated' : sums.messages === 0 ? 'unchanged' : 'published';
	const kept = sums.added + sums.replaced;
	return { status, queue: url, table, ...sums, kept, received: kept + sums.superseded + sums.rejected };
}

const addSums = (one: Sums, other: Sums): Sums =>
	Object.fromEntries(Object.entries(one).map(([name, count]) => [name, count + other[name as keyof Sums]])) as Sums;
type Sums = ReturnType<typeof sumCounts>;

/** Throws a permanent failure as it is; otherwise one that says how many messages failed. */
function throwFailure(failures: readonly Error[], messages: number): void {
	const [first] = failures;
	if (!first) return;
	const permanent = failures.find(isPermanent);
	if (permanent) throw permanent;
	throw new TryAgainError(
		`${failures.length} of ${messages} messages failed and stay in the queue (${first.message}). Run it again later.`,
	);
}

const isFileFailure = (error: Error): boolean =>
	error instanceof PoisonFileError || error instanceof UnrecognisedMessageError;
/** Every other message would fail in the same way, and lose one of its receives. */
const isPermanent = (error: Error): boolean => !isRetryable(error);
