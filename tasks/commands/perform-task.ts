import { createContext, type TaskContext } from '../context';
import type { LineageRun } from '../lineage/open-lineage';
import { isLineageWanted } from '../lineage/open-lineage/settings';
import { exitCodes, PartlyRefusedError } from '../platform/errors';
import { explain, failureExitCode, isOutOfMemory, isUnanswered } from '../platform/failure';
import { printableLines } from '../platform/printable';
import type { Outcome, TaskResult } from '../platform/result';
import { boundResult } from './bound-result';
import { outcomeText, screenful } from './outcome-text';
import { allowReadersToLeave, catchStopSignals, endByForce } from './process-end';

/** The flags that every task has. */
export interface CommonFlags {
	readonly json: boolean;
	readonly verbose: boolean;
	readonly dryRun?: boolean;
	readonly runId?: string;
}

/** The part of a task's declaration that is needed to run it. */
interface Work<A> {
	readonly command: string;
	readonly keepsCosts?: boolean;
	readonly payloadOnly?: boolean;
	readonly run: (context: TaskContext, args: A) => Promise<Outcome>;
	readonly show?: (outcome: Outcome) => string | undefined;
}

/**
 * Runs a task as a process: creates its context, catches signals and errors, removes scratch files, prints the result and
 * sets the exit code (see `exitCodes`). A terminal gets text; a pipe or file gets the JSON result as the last line of stdout.
 */
export async function performTask<A extends CommonFlags>(task: Work<A>, args: A): Promise<void> {
	allowReadersToLeave();
	let removeScratch = () => {};
	const stop = catchStopSignals(() => removeScratch());
	const resources = createContext({
		task: task.command,
		runId: args.runId,
		verbose: args.verbose,
		signal: stop.signal,
		env: process.env,
	});
	const { context, held, dispose } = resources;
	removeScratch = resources.removeScratch;
	const lineage = await startLineage(context, args);
	// If several pieces of work fail, the first failure counts; later ones are ignored.
	const crashed = new Promise<never>((_, reject) => process.on('uncaughtException', reject));
	const work = Promise.resolve().then(() => task.run(context, args));
	let outcome: Outcome;
	let failure: unknown;
	/** Whether the outcome is the task's own. */
	let hasEnded = false;
	try {
		outcome = await Promise.race([work, stop.stopped(held), crashed]);
		hasEnded = true;
	} catch (error) {
		context.progress.clear();
		if (stop.signal.aborted) {
			// Files written so far belong to no head, and the lake accepts no further commit.
			context.log.warn('Stopped by a signal; nothing more is published.');
			process.exitCode = exitCodes.terminated;
			outcome = { status: 'terminated' };
			await stop.settled(work);
		} else {
			failure = error;
			process.exitCode = failureExitCode(error);
			const done = error instanceof PartlyRefusedError ? error.outcome : {};
			outcome = { ...done, status: 'failed', error: report(context, error, args.verbose) };
		}
	}
	context.progress.clear();
	await lineage?.end(stop.signal.aborted ? 'ABORT' : lineageEvent(process.exitCode), outcome);
	// An AWS that does not answer would only delay the end.
	const answers = failure === undefined || !isUnanswered(failure);
	if (!args.dryRun && answers) await keepCosts(context, task, args, outcome);
	let isDisposed = true;
	await dispose().catch((error) => {
		isDisposed = false;
		context.log.warn(`Scratch files are left behind: ${(error as Error).message}`);
	});
	if (!task.payloadOnly) process.stdout.write(output(context, task, args, { outcome, hasEnded }));
	// Idle connections to AWS must not keep the process alive; stdout has been written by now.
	process.stdout.write('', () => {
		if (isDisposed) removeScratch();
		else if (stop.signal.aborted) endByForce();
		process.exit();
	});
}

/** The lineage of the task, where the environment wants it sent. */
async function startLineage(context: TaskContext, args: object): Promise<LineageRun | undefined> {
	if (!isLineageWanted(process.env)) return undefined;
	const { LineageRun } = await import('../lineage/open-lineage');
	return LineageRun.start(context, args, process.env);
}

/** Leaves a record of what the process used of AWS, which no failure of it changes. */
async function keepCosts<A extends CommonFlags>(
	context: TaskContext,
	{ keepsCosts = false }: Work<A>,
	args: A,
	outcome: Outcome,
): Promise<void> {
	const { keepCostRecord } = await import('../operations/cost');
	const { batch = outcome.batch } = args as { readonly batch?: unknown };
	await keepCostRecord(context, {
		outcome: { ...outcome, batch: Array.isArray(batch) ? batch.join(',') : ((batch as string | undefined) ?? null) },
		exitCode: Number(process.exitCode ?? 0),
		isAlways: keepsCosts,
		env: process.env,
	});
}

/** How lineage tells of an exit code: a task without input has neither done its work nor failed. */
function lineageEvent(exitCode: typeof process.exitCode): 'COMPLETE' | 'ABORT' | 'FAIL' {
	if (!exitCode) return 'COMPLETE';
	return exitCode === exitCodes.noInput ? 'ABORT' : 'FAIL';
}

/** The text that a task prints for its outcome. */
function output<A extends CommonFlags>(
	context: TaskContext,
	task: Work<A>,
	{ json }: CommonFlags,
	{ outcome, hasEnded }: { outcome: Outcome; hasEnded: boolean },
): string {
	const fields = taskResult(context, outcome);
	// Where ECS runs the task, CloudWatch holds its output.
	const line = process.env.ECS_CONTAINER_METADATA_URI_V4 ? boundResult(fields) : JSON.stringify(fields);
	const result = `${line}\n`;
	if (json) return result;
	const { isTTY, rows } = process.stdout;
	// On a terminal the log has already shown how the task ended.
	if (!hasEnded) return isTTY ? (process.stderr.isTTY ? '' : `${outcome.error ?? outcomeText(outcome)}\n`) : result;
	const shown = showOutcome(context, task, outcome);
	if (isTTY) return `${screenful(printableLines(shown ?? outcomeText(outcome)), rows)}\n`;
	return shown === undefined ? result : `${printableLines(shown)}\n${result}`;
}

/** The task's own text for its outcome. If `show` throws, that is our bug; the result is printed all the same. */
function showOutcome<A>(context: TaskContext, { show }: Work<A>, outcome: Outcome): string | undefined {
	try {
		return show?.(outcome);
	} catch (error) {
		process.exitCode = exitCodes.internal;
		report(context, error, true);
		return undefined;
	}
}

function taskResult(context: TaskContext, outcome: Outcome): TaskResult {
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

/** Replaces DuckDB's own advice, which is about settings that users don't have. */
const moreMemory = (message: string) =>
	`This task does not have enough memory for these data (${message.split('\n')[0]}). Raise SHOPLAKE_MEMORY, or the container's limit if that is not set; fewer threads (SHOPLAKE_THREADS) need less.`;

/** S3 names the bucket, emulators may not. */
const missingBucket = ({ BucketName }: { BucketName?: string }) =>
	`S3 has no ${BucketName ? `bucket ${BucketName}` : 'such bucket'} here; the lake's is ${process.env.SHOPLAKE_BUCKET} (SHOPLAKE_BUCKET). Set it to the bucket that the stack deployed; on a laptop run 'shoplake local up'.`;

const noAnswer = ({ code, message, name }: Error & { code?: string }) =>
	`AWS does not answer${process.env.AWS_ENDPOINT_URL ? ` at ${process.env.AWS_ENDPOINT_URL}; is the local AWS up ('shoplake local status')?` : ''} (${code ?? (message || name)})`;

/** Logs an error once; returns its message for the result. */
function report(context: TaskContext, error: unknown, verbose: boolean): string {
	const { message, name, stack } = error as Error;
	const words = isUnanswered(error)
		? noAnswer(error as Error)
		: isOutOfMemory(error)
			? moreMemory(message)
			: name === 'NoSuchBucket'
				? missingBucket(error as { BucketName?: string })
				: explain(error);
	context.log.error(verbose && stack ? `${words}\n${stack}` : words);
	return words;
}
