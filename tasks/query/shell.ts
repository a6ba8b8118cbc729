import { createInterface, type Interface } from 'node:readline';
import type { ShellHistory } from './shell-history';
import { takeStatements } from './shell-input';

/** What the shell does for its user. */
export interface ShellWork {
	/** Runs one statement and prints its rows, unless the signal is aborted. */
	run(sql: string, signal: AbortSignal): Promise<void>;
	/** The tables of the lake as text. */
	tables(): Promise<string>;
	/** The analyses as text. */
	analyses(): string;
	/** An error as text. */
	explain(error: unknown): string;
}

export interface ShellTerminal {
	readonly input: NodeJS.ReadableStream;
	readonly output: NodeJS.WritableStream;
	readonly history: ShellHistory;
	/** Ends the shell. */
	readonly signal: AbortSignal;
}

const prompts = { statement: 'shoplake> ', more: '     ...> ' } as const;

const help = `Write a statement and end it with a semicolon; it may take several lines.
The name of an analysis or the path of a file, with a semicolon, runs that: basket-pairs;

  .tables   the tables of the lake
  .list     the analyses, with their questions
  .help     this text
  .quit     leave, as does Ctrl-D

Ctrl-C cancels the statement that runs, or drops the lines that were not run yet.`;

/**
 * Reads statements from a terminal and runs them one by one, until Ctrl-D, `.quit` or the signal. Ctrl-C cancels the running
 * statement. An error of a statement is shown and does not end the shell.
 */
export async function runShell(work: ShellWork, terminal: ShellTerminal): Promise<void> {
	const { input, output, history, signal } = terminal;
	const lines = createInterface({
		input,
		output,
		terminal: true,
		history: [...history.lines],
		historySize: 1000,
		removeHistoryDuplicates: true,
		prompt: prompts.statement,
	});
	/** Text that is not a complete statement yet. */
	let pending = '';
	let running: AbortController | undefined;
	const close = () => lines.close();
	signal.addEventListener('abort', close);
	lines.on('close', () => running?.abort());
	lines.on('SIGINT', () => {
		if (running) return running.abort();
		pending = '';
		dropLine(lines);
		output.write('\n');
		ask();
	});
	const ask = () => {
		lines.setPrompt(pending === '' ? prompts.statement : prompts.more);
		lines.prompt();
	};
	const perform = async (act: (signal: AbortSignal) => Promise<void>) => {
		running = new AbortController();
		try {
			await untilAborted(act(running.signal), running.signal);
		} catch (error) {
			output.write(running.signal.aborted ? '\nCancelled.\n' : `error: ${work.explain(error)}\n`);
		} finally {
			running = undefined;
		}
	};
	const command = async (name: string) => {
		if (name === '.help') output.write(`${help}\n`);
		else if (name === '.list') output.write(`${work.analyses()}\n`);
		else if (name === '.tables') await perform(async () => void output.write(`${await work.tables()}\n`));
		else if (/^\.(quit|exit)$/.test(name)) lines.close();
		else output.write(`There is no command ${name}; .help lists them.\n`);
	};
	output.write('SQL on the lake. End a statement with a semicolon; .help shows more, Ctrl-D leaves.\n');
	ask();
	for await (const line of lines) {
		history.add(line);
		if (pending === '' && /^\s*\.[a-z]/.test(line)) await command(line.trim());
		else {
			const { statements, rest } = takeStatements(`${pending}${line}\n`);
			pending = rest;
			for (const sql of statements) await perform((stop) => work.run(sql, stop));
		}
		if (isOpen(lines)) ask();
	}
	signal.removeEventListener('abort', close);
	output.write('\n');
}

/** Rejects once the signal is aborted; the work itself is left to find out. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
	work.catch(() => undefined);
	await Promise.race([
		work,
		new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
	]);
}

/** Empties the line that is being typed. */
function dropLine(lines: Interface): void {
	lines.write(null, { ctrl: true, name: 'e' });
	lines.write(null, { ctrl: true, name: 'u' });
}

const isOpen = (lines: Interface): boolean => !(lines as Interface & { readonly closed: boolean }).closed;
