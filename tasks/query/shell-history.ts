import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The lines that a person has typed, kept from shell to shell. */
export interface ShellHistory {
	/** The newest first, as Node's readline takes them. */
	readonly lines: readonly string[];
	/** Keeps a line; if the file can't be written, the line is only known to this shell. */
	add(line: string): void;
}

const mostLines = 1000;

/** Where the history is: in the user's state folder, by the XDG specification. */
export const historyPath = (env: NodeJS.ProcessEnv): string =>
	join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'shoplake', 'query-history');

/** Opens a history. Two shells at once both add to it. */
export function openHistory(path: string): ShellHistory {
	return {
		lines: readLines(path).slice(-mostLines).reverse(),
		add(line) {
			if (line.trim() === '') return;
			try {
				mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
				appendFileSync(path, `${line}\n`, { mode: 0o600 });
			} catch {
				// A shell without a history file works all the same.
			}
		},
	};
}

function readLines(path: string): string[] {
	try {
		return readFileSync(path, 'utf8')
			.split('\n')
			.filter((line) => line !== '');
	} catch {
		return [];
	}
}
