import type { CommandModule, InferredOptionTypes, Options } from 'yargs';
import { createContext, type TaskContext } from '../context';
import { exitCodes, ShoplakeError } from '../shared/errors';
import type { Outcome, TaskResult } from '../shared/result';

type Declared = Readonly<Record<string, Options>>;
type Given<O extends Declared> = InferredOptionTypes<O> & { readonly json: boolean; readonly dryRun: boolean };

/** A command: what its flags are, and the work, which takes the flags' values and says what it did. */
export interface Task<O extends Declared> {
	/** The command as typed, with its sub-command: `ingest`, `local up`. */
	readonly command: string;
	/** What follows the command without a flag's name, as yargs spells it (`<file>`); declared among the options too. */
	readonly positional?: string;
	/** One line for the list of commands. */
	readonly describe: string;
	/** What it reads, writes and returns; shown by `--help`. */
	readonly about: string;
	readonly options: O;
	/** The only output is what the work itself prints: no result line. */
	readonly payloadOnly?: boolean;
	readonly run: (context: TaskContext, args: Given<O>) => Promise<Outcome>;
	/** The outcome as a person reads it, on stdout before the result line; not shown under `--json`. */
	readonly show?: (outcome: Outcome) => string;
}

const common = {
	json: { type: 'boolean', default: false, describe: 'Print the result line only' },
	'dry-run': { type: 'boolean', default: false, describe: 'Say what would be done, and do nothing' },
	verbose: { type: 'boolean', default: false, describe: 'Log more, and the stack trace of an error' },
	'run-id': { type: 'string', describe: 'Names the run in logs and results; random by default' },
} as const satisfies Declared;

/** A task as a yargs command. Every flag has an environment variable: `--max-rejected` is `SHOPLAKE_MAX_REJECTED`. */
export function defineTask<const O extends Declared>(task: Task<O>): CommandModule {
	const options: Declared = { ...task.options, ...common };
	return {
		command: `${task.command.split(' ').at(-1)} ${task.positional ?? ''}`.trim(),
		describe: task.describe,
		builder: (yargs) =>
			yargs
				.usage(`shoplake ${task.command}\n\n${task.about}`)
				.options(options)
				.config(fromEnvironment(options, process.env)),
		handler: (args) => perform(task, args as unknown as Given<O> & { verbose: boolean; runId?: string }),
	};
}

/** The values that environment variables give to flags; a list is separated by commas. */
export function fromEnvironment(options: Declared, env: NodeJS.ProcessEnv): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	for (const [name, { type, array }] of Object.entries(options)) {
		const value = env[`SHOPLAKE_${name.toUpperCase().replaceAll('-', '_')}`];
		if (value === undefined || value === '') continue;
		values[name] = array ? value.split(',') : type === 'boolean' ? !/^(false|0|no)$/i.test(value) : value;
	}
	return values;
}

async function perform<O extends Declared>(
	task: Task<O>,
	args: Given<O> & { verbose: boolean; runId?: string },
): Promise<void> {
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
		if (!args.json && task.show && outcome.status !== 'failed') process.stdout.write(`${task.show(outcome)}\n`);
		process.stdout.write(`${JSON.stringify(await resultOf(context, outcome))}\n`);
	}
	// Idle connections to AWS must not keep the process; stdout has been written by now.
	process.stdout.write('', () => process.exit());
}

async function resultOf(context: TaskContext, outcome: Outcome): Promise<TaskResult> {
	const { run, aws, clock } = context;
	const traffic = await context
		.lake()
		.then(({ store }) => store.traffic)
		.catch(() => ({ in: 0, out: 0 }));
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

function report(context: TaskContext, error: unknown, verbose: boolean): string {
	const { message, name, code, stack } = error as Error & { code?: string };
	const what = message || code || name;
	const told =
		error instanceof ShoplakeError
			? what
			: refusedConnection.test(`${code} ${message}`)
				? `AWS does not answer${process.env.AWS_ENDPOINT_URL ? ` at ${process.env.AWS_ENDPOINT_URL}; is the local AWS up ('shoplake local status')?` : ''} (${code ?? what})`
				: `${name}: ${what}`;
	context.log.error(verbose && stack ? `${told}\n${stack}` : told);
	return told;
}
