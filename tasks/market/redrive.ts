import type { TaskContext } from '../context';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { type Judgement, judgeLetter } from './judge-letter';
import { Queue, type Received } from './queue';

export interface RedriveOptions {
	/** URLs. */
	readonly queue: string;
	readonly deadLetters: string;
	/** Moves the messages too of which nothing has changed. */
	readonly all: boolean;
	readonly dryRun: boolean;
}

/** A dead letter, and what was done with it. */
export interface Letter extends Judgement {
	readonly id: string;
}

/** So long nobody else is given a message; time enough to judge ten. */
const holdSeconds = 120;
const parallelReads = 5;
const messagesOfRequest = 10;

/**
 * Goes through the dead letters once: moves back those whose cause is mended, deletes those that have nothing left to
 * do, and leaves the others (see Judgement). A message is deleted only after it was sent on: it may come twice, which
 * is harmless, and is never lost.
 */
export async function redrive(context: TaskContext, options: RedriveOptions): Promise<Outcome> {
	const { aws, log, signal } = context;
	const { all, dryRun } = options;
	const [s3, sqs] = await Promise.all([aws.s3(), aws.sqs()]);
	const deadLetters = new Queue(sqs, options.deadLetters, 'SHOPLAKE_STOCK_DEAD_LETTERS');
	const queue = new Queue(sqs, options.queue, 'SHOPLAKE_STOCK_QUEUE');
	const letters: Letter[] = [];
	const kept: Received[] = [];
	const seen = new Set<string>();
	try {
		while (!signal.aborted) {
			const messages = await deadLetters.receive({ waitSeconds: 1, seconds: holdSeconds });
			const fresh = messages.filter(({ id }) => !seen.has(id));
			// Also where those that were held too long begin to come again.
			if (fresh.length === 0) break;
			for (const { id } of fresh) seen.add(id);
			const judged = await mapConcurrently(fresh, parallelReads, async (message) => {
				const judgement = await judgeLetter(s3, message.body);
				return {
					message,
					letter: { id: message.id, ...(all ? { ...judgement, verdict: 'move' as const } : judgement) },
				};
			});
			for (const { letter } of judged) log.debug(`${letter.verdict}: ${letter.file ?? letter.id}: ${letter.reason}`);
			letters.push(...judged.map(({ letter }) => letter));
			const done = dryRun ? [] : judged.filter(({ letter }) => letter.verdict !== 'keep');
			for (const { message, letter } of done) if (letter.verdict === 'move') await queue.send(message.body);
			await deadLetters.delete(done.map(({ message }) => message));
			kept.push(...fresh.filter((message) => !done.some((one) => one.message === message)));
		}
	} finally {
		for (let at = 0; at < kept.length; at += messagesOfRequest) {
			await deadLetters.giveBack(kept.slice(at, at + messagesOfRequest));
		}
	}
	const count = (verdict: string) => letters.filter((letter) => letter.verdict === verdict).length;
	return {
		status: dryRun ? 'planned' : count('keep') === letters.length ? 'unchanged' : 'published',
		...{ messages: letters.length, moved: count('move'), dropped: count('drop'), left: count('keep') },
		letters,
	};
}
