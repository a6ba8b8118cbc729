import type { CommandModule, Options } from 'yargs';
import { commands } from '../../../tasks/commands';

/** A command of `shoplake`, as its definition says. */
interface Command {
	readonly flags: Set<string>;
	readonly subcommands: Map<string, Command>;
}

/** What yargs would be told by the definitions: only the names. */
function define(modules: readonly CommandModule[]): Map<string, Command> {
	return new Map(
		modules.map((module) => {
			const command: Command = { flags: new Set(['help', 'version']), subcommands: new Map() };
			const addFlag = (name: string, { alias = [] }: Options = {}) => {
				for (const flag of [name, alias].flat()) command.flags.add(flag);
			};
			const recorder: unknown = new Proxy(
				{
					options: (all: Record<string, Options>) => {
						for (const [name, one] of Object.entries(all)) addFlag(name, one);
						return recorder;
					},
					command: (below: CommandModule | CommandModule[]) => {
						for (const [name, one] of define([below].flat())) command.subcommands.set(name, one);
						return recorder;
					},
				},
				{ get: (known, name) => Reflect.get(known, name) ?? (() => recorder) },
			);
			if (typeof module.builder === 'function') module.builder(recorder as never);
			return [String(module.command).split(' ')[0] ?? '', command];
		}),
	);
}

const root: Command = { flags: new Set(['help', 'version']), subcommands: define(commands) };

/** The first words of all commands. */
export const topCommands: ReadonlySet<string> = new Set(root.subcommands.keys());

function* descend(command: Command): Generator<Command> {
	yield command;
	for (const below of command.subcommands.values()) yield* descend(below);
}

/** Every flag that some command has. */
export const allFlags: ReadonlySet<string> = new Set([...descend(root)].flatMap(({ flags }) => [...flags]));

/** What is wrong with the words after `shoplake`: a command or flag that doesn't exist. Values are not looked at. */
export function findCliMistake(words: readonly string[]): string | undefined {
	let command = root;
	let depth = 0;
	for (; command.subcommands.size > 0 && depth < words.length; depth++) {
		const word = words[depth] ?? '';
		if (word.startsWith('-') || word.startsWith('[-')) break;
		const next = command.subcommands.get(word);
		if (next === undefined) return `there is no command 'shoplake ${words.slice(0, depth + 1).join(' ')}'`;
		command = next;
	}
	const flags = words.slice(depth).flatMap((word) => /^\[?--(?:no-)?([a-z][a-z-]*)/.exec(word)?.[1] ?? []);
	const unknown = flags.find((flag) => !command.flags.has(flag));
	return unknown && `'shoplake ${words.slice(0, depth).join(' ')}' has no flag --${unknown}`;
}
