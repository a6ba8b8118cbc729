import type { CommandModule, InferredOptionTypes } from 'yargs';
import type { TaskContext } from '../context';
import { readVariables } from '../platform/environment';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { checkFlags, checkWords, type Flag, parseBoolean } from './check-flags';

type TaskFlags = Readonly<Record<string, Flag>>;
/** Refuses a property that no flag has, such as a misspelt one: a generic type alone would take it. */
type KnownProperties<O extends TaskFlags> = {
	readonly [N in keyof O]: { readonly [P in Exclude<keyof O[N], keyof Flag>]: never };
};
type FlagValues<O extends TaskFlags> = InferredOptionTypes<O> & { readonly json: boolean; readonly dryRun: boolean };

/** A command: its flags, and the work, which takes the flags' values and returns what it did. */
export interface Task<O extends TaskFlags> {
	/** The command as typed, with its subcommand: `ingest`, `local up`. */
	readonly command: string;
	/** The positional argument, as yargs spells it (`<file>`); it is declared among the options too. */
	readonly positional?: string;
	/** One line for the list of commands. */
	readonly describe: string;
	/** What it reads, writes and returns; shown by `--help`. */
	readonly about: string;
	readonly options: O;
	/** It works on the lake, and leaves a record of what it used of AWS. Others leave one where AWS bills more than requests. */
	readonly keepsCosts?: boolean;
	/** The work prints its own output; there is no result line. */
	readonly payloadOnly?: boolean;
	readonly run: (context: TaskContext, args: FlagValues<O>) => Promise<Outcome>;
	/**
	 * The outcome as text for a person, on stdout before the result line; not shown under `--json`. Without it, or if it
	 * returns undefined, a terminal shows the outcome's fields and tables.
	 */
	readonly show?: (outcome: Outcome) => string | undefined;
}

const commonFlags = {
	json: { type: 'boolean', default: false, describe: 'Print only the JSON result line, also on a terminal' },
	'dry-run': { type: 'boolean', default: false, describe: 'Show what would be done, and change nothing' },
	verbose: { type: 'boolean', default: false, describe: 'Log more, including stack traces of errors' },
	'run-id': { type: 'string', describe: 'The id of the run in logs and results; random by default' },
} as const satisfies TaskFlags;

/** A task as a yargs command. Every flag has an environment variable: `--max-rejected` is `SHOPLAKE_MAX_REJECTED`. */
export function defineTask<const O extends TaskFlags>(
	task: Task<O> & { readonly options: KnownProperties<O> },
): CommandModule {
	const options: TaskFlags = { ...task.options, ...commonFlags };
	return {
		command: `${task.command.split(' ').at(-1)} ${task.positional ?? ''}`.trim(),
		describe: task.describe,
		builder: (yargs) =>
			yargs
				.usage(`${`shoplake ${task.command} ${task.positional ?? ''}`.trim()}\n\n${task.about}`)
				.options(options)
				.config(readEnvironment(options, process.env)),
		// Loaded only when there is work, so that `--help` is fast.
		handler: async (args) =>
			(await import('./perform-task')).performTask(
				{
					...task,
					run: async (context, args) => {
						checkEnvironment(options, process.env);
						checkWords(options, process.argv.slice(2));
						checkFlags(options, args);
						return task.run(context, args);
					},
				},
				args as unknown as FlagValues<O> & { verbose: boolean; dryRun: boolean; runId?: string },
			),
	};
}

/**
 * The flag values that environment variables set; a list is separated by commas. An invalid boolean is left out, so that
 * `--help` works; `checkEnvironment` refuses it when there is work to do.
 */
export function readEnvironment(options: TaskFlags, env: NodeJS.ProcessEnv): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	const given = readVariables(env);
	for (const [name, { type, array }] of Object.entries(options)) {
		const value = given[flagVariable(name)];
		if (value === undefined) continue;
		values[name] = array ? value.split(',') : type === 'boolean' ? parseBoolean(value) : value;
		if (values[name] === undefined) delete values[name];
	}
	return values;
}

/** Throws UsageError, with the variable's name, if the value of an environment variable is invalid for its flag. */
export function checkEnvironment(options: TaskFlags, env: NodeJS.ProcessEnv): void {
	const given = readVariables(env);
	for (const [name, { type }] of Object.entries(options)) {
		const value = given[flagVariable(name)];
		if (type === 'boolean' && value !== undefined && parseBoolean(value) === undefined) {
			throw new UsageError(`${flagVariable(name)}=${value}: give true or false.`);
		}
	}
}

const flagVariable = (flag: string) => `SHOPLAKE_${flag.toUpperCase().replaceAll('-', '_')}`;
