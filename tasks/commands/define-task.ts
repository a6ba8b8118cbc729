import type { CommandModule, InferredOptionTypes } from 'yargs';
import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { checkFlags, type Flag, parseBoolean } from './check-flags';

type Declared = Readonly<Record<string, Flag>>;
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
	/**
	 * The outcome as a person reads it, on stdout before the result line; not shown under `--json`. Without it, or where it
	 * is undefined, a terminal gets the outcome's fields and tables.
	 */
	readonly show?: (outcome: Outcome) => string | undefined;
}

const common = {
	json: { type: 'boolean', default: false, describe: 'Print the result line only, also on a terminal' },
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
				.usage(`${`shoplake ${task.command} ${task.positional ?? ''}`.trim()}\n\n${task.about}`)
				.options(options)
				.config(fromEnvironment(options, process.env)),
		// What work needs is loaded when there is work: `--help` has to be quick.
		handler: async (args) =>
			(await import('./perform-task')).perform(
				{
					...task,
					run: async (context, args) => {
						checkEnvironment(options, process.env);
						checkFlags(options, args);
						return task.run(context, args);
					},
				},
				args as unknown as Given<O> & { verbose: boolean; runId?: string },
			),
	};
}

/**
 * The values that environment variables give to flags; a list is separated by commas. A boolean that is none is left out:
 * `checkEnvironment` refuses it when there is work to do, and `--help` does without.
 */
export function fromEnvironment(options: Declared, env: NodeJS.ProcessEnv): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	for (const [name, { type, array }] of Object.entries(options)) {
		const value = env[flagVariable(name)];
		if (value === undefined || value === '') continue;
		values[name] = array ? value.split(',') : type === 'boolean' ? parseBoolean(value) : value;
		if (values[name] === undefined) delete values[name];
	}
	return values;
}

/** Throws UsageError, with the variable's name, where an environment variable is not what its flag takes. */
export function checkEnvironment(options: Declared, env: NodeJS.ProcessEnv): void {
	for (const [name, { type }] of Object.entries(options)) {
		const value = env[flagVariable(name)];
		if (type === 'boolean' && value && parseBoolean(value) === undefined) {
			throw new UsageError(`${flagVariable(name)}=${value}: give true or false.`);
		}
	}
}

const flagVariable = (flag: string) => `SHOPLAKE_${flag.toUpperCase().replaceAll('-', '_')}`;
