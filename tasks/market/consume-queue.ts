import type { TaskContext } from '../context';
import { TryAgainError } from '../platform/errors';
import { isPassing } from '../platform/failure';
import type { Outcome } from '../platform/result';
import { ForeignMessageError } from './announcements';
import { consumeMessages, sumFiles } from './consume-messages';
import { Queue } from './queue';
import { PoisonFileError } from './read-quotes';

export interface ConsumeQueueOptions {
	/** Its URL. */
	readonly queue: string;
	readonly table: string;
	/** How long nothing has to come before the queue counts as empty; SQS waits 20 s at most. */
	readonly idleSeconds: number;
	readonly dryRun: boolean;
}

/** Batches of ten messages under way at once: one is received while another is written. */
const parallelBatches = 2;

/**
 * Does what `ConsumerLambda` does, until the queue is empty or the task is stopped. A message that fails stays in the
 * queue: it comes again, and ends in the dead-letter queue when it has failed as often as the queue allows.
 *
 * Throws where messages failed for a reason that is not in their files: then it is worth running again.
 */
export async function consumeQueue(context: TaskContext, options: ConsumeQueueOptions): Promise<Outcome> {
	const { aws, signal, log } = context;
	const { queue: url, table, idleSeconds, dryRun } = options;
	if (dryRun) return { status: 'planned', queue: url, table };
	const [s3, dynamodb, sqs] = await Promise.all([aws.s3(), aws.dynamodb(), aws.sqs()]);
	const queue = new Queue(sqs, url, 'SHOPLAKE_STOCK_QUEUE');
	// What is under way may end in peace: a request that is cut off has been paid for already.
	const consumer = {
		...{ s3, dynamodb, table },
		consumed: (units: number) => aws.meter.consume('write', units),
		random: Math.random,
		signal: new AbortController().signal,
	};
	let sums = sumFiles([]);
	const outside: Error[] = [];
	const consumeOn = async () => {
		while (!signal.aborted && !outside.some(isOfDeployment)) {
			const messages = await queue
				.receive({ waitSeconds: idleSeconds, signal })
				.catch((error) => (signal.aborted ? [] : Promise.reject(error)));
			if (messages.length === 0) return;
			const taken = await consumeMessages(consumer, messages);
			const failed = new Set(taken.filter(({ error }) => error).map(({ message }) => message.id));
			await queue.delete(messages.filter(({ id }) => !failed.has(id)));
			for (const { error } of taken) {
				if (error) log.error(error.message);
				if (error && !isOfFile(error)) outside.push(error);
			}
			sums = plus(sums, sumFiles(taken));
		}
	};
	await Promise.all(Array.from({ length: parallelBatches }, consumeOn));
	throwFirst(outside, sums.messages);
	const status = signal.aborted ? 'terminated' : sums.messages === 0 ? 'unchanged' : 'published';
	const kept = sums.added + sums.replaced;
	return { status, queue: url, table, ...sums, kept, received: kept + sums.superseded + sums.rejected };
}

const plus = (one: Sums, other: Sums): Sums =>
	Object.fromEntries(Object.entries(one).map(([name, count]) => [name, count + other[name as keyof Sums]])) as Sums;
type Sums = ReturnType<typeof sumFiles>;

/** Throws what failed outside of the files: by itself where it is a matter of the deployment. */
function throwFirst(outside: readonly Error[], messages: number): void {
	const [first] = outside;
	if (!first) return;
	const severe = outside.find(isOfDeployment);
	if (severe) throw severe;
	throw new TryAgainError(
		`${outside.length} of ${messages} messages could not be taken and stay in the queue (${first.message}). Run it again later.`,
	);
}

const isOfFile = (error: Error): boolean => error instanceof PoisonFileError || error instanceof ForeignMessageError;
/** Another message would fail like that, too, and lose one of its tries for it. */
const isOfDeployment = (error: Error): boolean => !isPassing(error);
