import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, type TaskContext } from '../context';
import { exitCodes, PartlyRefusedError } from '../shared/errors';
import { exitCodeOf, explain, isOutOfMemory, isUnanswered } from '../shared/failure';
import { printableLines } from '../shared/printable';
import type { Outcome, TaskResult } from '../shared/result';

/** The flags that every task has. */
export interface CommonFlags {
	readonly json: boolean;
	readonly verbose: boolean;
	readonly runId?: string;
}

/** How long a task that is stopped waits for what it may not leave half done; well within the 10 s of `docker stop`. */
const patienceMs = 3000;

/** What performing needs of a task's declaration. */
interface Work<A> {
	readonly command: string;
	readonly payloadOnly?: boolean;
	readonly run: (context: TaskContext, args: A) => Promise<Outcome>;
	readonly show?: (outcome: Outcome) => string;
}

/**
 * Runs a task as a process: makes its context, catches signals and errors, removes scratch files, prints the result as
 * the last line of stdout, and sets the exit code (see `exitCodes`).
 */
export async function perform<A extends CommonFlags>(task: Work<A>, args: A): Promise<void> {
	const stop = new AbortController();
	const terminate = () => stop.abort();
	process.once('SIGTERM', terminate).once('SIGINT', terminate);
	const { context, held, dispose } = createContext({
		task: task.command,
		runId: args.runId,
		verbose: args.verbose,
		signal: stop.signal,
		env: process.env,
	});
	const stopped = new Promise<never>((_, reject) =>
		stop.signal.addEventListener('abort', async () => {
			await Promise.race([held(), sleep(patienceMs)]);
			// What was held may be the last that the task does: then its outcome comes first.
			setImmediate(reject, stop.signal.reason);
		}),
	);
	let outcome: Outcome;
	try {
		outcome = await Promise.race([task.run(context, args), stopped]);
	} catch (error) {
		context.progress.clear();
		if (stop.signal.aborted) {
			// What it has written so far belongs to no head, and the lake takes no more from it.
			context.log.warn('Stopped by a signal; nothing more is published.');
			process.exitCode = exitCodes.terminated;
			outcome = { status: 'terminated' };
		} else {
			process.exitCode = exitCodeOf(error);
			const done = error instanceof PartlyRefusedError ? error.outcome : {};
			outcome = { ...done, status: 'failed', error: report(context, error, args.verbose) };
		}
	}
	await dispose().catch((error) => context.log.warn(`Scratch files are left behind: ${(error as Error).message}`));
	if (!task.payloadOnly) {
		const shown = args.json || outcome.status === 'failed' ? undefined : task.show?.(outcome);
		if (shown !== undefined) process.stdout.write(`${printableLines(shown)}\n`);
		// Whoever looks at a terminal has read it all; whatever reads a pipe finds the result in the last line.
		if (shown === undefined || !process.stdout.isTTY)
			process.stdout.write(`${JSON.stringify(resultOf(context, outcome))}\n`);
	}
	// Idle connections to AWS must not keep the process; stdout has been written by now.
	process.stdout.write('', () => process.exit());
}

function resultOf(context: TaskContext, outcome: Outcome): TaskResult {
	const { run, aws, clock } = context;
	const traffic = context.traffic();
	return {
		task: run.task,
		run_id: run.runId,
		batch: null,
		received: 0,
		kept: 0,
		duplicates: 0,
		superseded: 0,
		rejected: 0,
		orphans: 0,
		partitions: [],
		bytes_in: traffic.in,
		bytes_out: traffic.out,
		seconds: (clock().getTime() - run.startedAt.getTime()) / 1000,
		requests: aws.meter.requests,
		cost_usd: aws.meter.costUsd,
		...outcome,
	};
}

/** DuckDB's own advice is about its settings, which are not the user's. */
const moreMemory = (message: string) =>
	`The memory that this task may use is too little for these data (${message.split('\n')[0]}). Give it more by SHOPLAKE_MEMORY, or the container's limit where that is not set; fewer threads (SHOPLAKE_THREADS) need less.`;

/** S3 names the bucket, emulators may not. */
const missingBucket = ({ BucketName }: { BucketName?: string }) =>
	`S3 has no ${BucketName ? `bucket ${BucketName}` : 'such bucket'} here; the lake's is ${process.env.SHOPLAKE_BUCKET} (SHOPLAKE_BUCKET). Set it to the bucket that the stack deployed; on a laptop run 'shoplake local up'.`;

const noAnswer = ({ code, message, name }: Error & { code?: string }) =>
	`AWS does not answer${process.env.AWS_ENDPOINT_URL ? ` at ${process.env.AWS_ENDPOINT_URL}; is the local AWS up ('shoplake local status')?` : ''} (${code ?? (message || name)})`;

/** Logs an error once; returns its words for the result. */
function report(context: TaskContext, error: unknown, verbose: boolean): string {
	const { message, name, stack } = error as Error;
	const told = isUnanswered(error)
		? noAnswer(error as Error)
		: isOutOfMemory(error)
			? moreMemory(message)
			: name === 'NoSuchBucket'
				? missingBucket(error as { BucketName?: string })
				: explain(error);
	context.log.error(verbose && stack ? `${told}\n${stack}` : told);
	return told;
}
