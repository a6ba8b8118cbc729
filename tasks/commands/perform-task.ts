import { createContext, type TaskContext } from '../context';
import { exitCodes, ShoplakeError } from '../shared/errors';
import type { Outcome, TaskResult } from '../shared/result';

/** The flags that every task has. */
export interface CommonFlags {
	readonly json: boolean;
	readonly verbose: boolean;
	readonly runId?: string;
}

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
	const { context, dispose } = createContext({
		task: task.command,
		runId: args.runId,
		verbose: args.verbose,
		signal: stop.signal,
		env: process.env,
	});
	const stopped = new Promise<'stopped'>((resolve) => stop.signal.addEventListener('abort', () => resolve('stopped')));
	let outcome: Outcome;
	try {
		// Work that is stopped publishes nothing: what it has written so far belongs to no head.
		const ended = await Promise.race([task.run(context, args), stopped]);
		if (ended === 'stopped') {
			context.progress.clear();
			context.log.warn('Stopped by a signal; nothing more is published.');
			process.exitCode = exitCodes.terminated;
			outcome = { status: 'terminated' };
		} else outcome = ended;
	} catch (error) {
		context.progress.clear();
		process.exitCode = exitCodeOf(error);
		outcome = { status: 'failed', error: report(context, error, args.verbose) };
	}
	await dispose().catch((error) => context.log.warn(`Scratch files are left behind: ${(error as Error).message}`));
	if (!task.payloadOnly) {
		const shown = args.json || outcome.status === 'failed' ? undefined : task.show?.(outcome);
		if (shown !== undefined) process.stdout.write(`${shown}\n`);
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

/** Connection trouble, throttling and the services' own failures: worth another try later. */
const transient =
	/^(TimeoutError|NetworkingError|ThrottlingException|TooManyRequestsException|SlowDown|ServiceUnavailable|InternalServerError|InternalError|RequestTimeout|ProvisionedThroughputExceededException)$/;
const refusedConnection = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up/;
const noAccess =
	/^(CredentialsProviderError|AccessDenied|AccessDeniedException|InvalidAccessKeyId|UnrecognizedClientException|ExpiredToken|ExpiredTokenException|NoSuchBucket)$/;

function exitCodeOf(error: unknown): number {
	if (error instanceof ShoplakeError) return error.exitCode;
	const { name = '', message = '', code = '' } = error as { name?: string; message?: string; code?: string };
	if (noAccess.test(name) || /Region is missing/.test(message)) return exitCodes.configuration;
	if (transient.test(name) || refusedConnection.test(`${code} ${message}`) || code === 'ENOSPC')
		return exitCodes.tryAgain;
	return exitCodes.internal;
}

/** S3 names the bucket, emulators may not. */
const missingBucket = ({ BucketName }: { BucketName?: string }) =>
	`S3 has no ${BucketName ? `bucket ${BucketName}` : 'such bucket'} here; the lake's is ${process.env.SHOPLAKE_BUCKET} (SHOPLAKE_BUCKET). Set it to the bucket that the stack deployed; on a laptop run 'shoplake local up'.`;

function report(context: TaskContext, error: unknown, verbose: boolean): string {
	const { message, name, code, stack } = error as Error & { code?: string };
	const what = message || code || name;
	const told =
		error instanceof ShoplakeError
			? what
			: refusedConnection.test(`${code} ${message}`)
				? `AWS does not answer${process.env.AWS_ENDPOINT_URL ? ` at ${process.env.AWS_ENDPOINT_URL}; is the local AWS up ('shoplake local status')?` : ''} (${code ?? what})`
				: name === 'NoSuchBucket'
					? missingBucket(error as { BucketName?: string })
					: `${name}: ${what}`;
	context.log.error(verbose && stack ? `${told}\n${stack}` : told);
	return told;
}
