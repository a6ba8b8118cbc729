import type { TaskContext } from '../context';
import { mapConcurrently } from '../platform/concurrency';
import type { Outcome } from '../platform/result';
import { Queue, type Received } from './queue';
import { type Triage, triageDeadLetter } from './triage-dead-letter';

export interface RedriveOptions {
	/** URLs. */
	readonly queue: string;
	readonly deadLetters: string;
	/** Moves every message back, whatever its file is like. */
	readonly all: boolean;
	readonly dryRun: boolean;
}

/** A dead letter, and what was decided about it. */
export interface TriagedMessage extends Triage {
	readonly id: string;
}

/** How long nobody else receives a message: enough to triage ten. */
const visibilitySeconds = 120;
const parallelReads = 5;
const messagesPerRequest = 10;

/**
 * Goes through the dead letters once: moves back those whose cause is fixed, deletes those with nothing left to do, and
 * keeps the others (see `Verdict`). A message is deleted only after it was sent on, so it is never lost; it may be
 * delivered twice, which is harmless.
 */
export async function redrive(context: TaskContext, options: RedriveOptions): Promise<Outcome> {
	const { aws, log, signal } = context;
	const { all, dryRun } = options;
	const [s3, sqs] = await Promise.all([aws.s3(), aws.sqs()]);
	const deadLetters = new Queue(sqs, options.deadLetters, 'SHOPLAKE_STOCK_DEAD_LETTERS');
	const queue = new Queue(sqs, options.queue, 'SHOPLAKE_STOCK_QUEUE');
	const letters: TriagedMessage[] = [];
	const kept: Received[] = [];
	const seen = new Set<string>();
	try {
		while (!signal.aborted) {
			const messages = await deadLetters.receive({ waitSeconds: 1, visibilitySeconds });
			const fresh = messages.filter(({ id }) => !seen.has(id));
			// Also ends the loop if kept messages become visible again before it is done.
			if (fresh.length === 0) break;
			for (const { id } of fresh) seen.add(id);
			const triaged = await mapConcurrently(fresh, parallelReads, async (message) => {
				const triage = await triageDeadLetter(s3, message.body);
				const verdict = all ? 'move' : triage.verdict;
				return { message, letter: { id: message.id, ...triage, verdict } };
			});
			for (const { letter } of triaged) log.debug(`${letter.verdict}: ${letter.file ?? letter.id}: ${letter.reason}`);
			letters.push(...triaged.map(({ letter }) => letter));
			const done = dryRun ? [] : triaged.filter(({ letter }) => letter.verdict !== 'keep');
			for (const { message, letter } of done) if (letter.verdict === 'move') await queue.send(message.body);
			await deadLetters.delete(done.map(({ message }) => message));
			kept.push(...fresh.filter((message) => !done.some((one) => one.message === message)));
		}
	} finally {
		for (let at = 0; at < kept.length; at += messagesPerRequest) {
			await deadLetters.release(kept.slice(at, at + messagesPerRequest));
		}
	}
	const count = (verdict: string) => letters.filter((letter) => letter.verdict === verdict).length;
	return {
		status: dryRun ? 'planned' : count('keep') === letters.length ? 'unchanged' : 'published',
		...{ messages: letters.length, moved: count('move'), dropped: count('drop'), left: count('keep') },
		letters,
	};
}
