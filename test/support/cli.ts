import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../tasks/local/lock';
import { startMiniStack, useEndpoint } from './ministack';
import type { Server } from './server';

/** How a command line ended, as its caller sees it. */
export interface Ended {
	/** Null where a signal that it does not catch ended it. */
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** The last line of stdout; empty where that is no JSON object. */
	readonly result: Readonly<Record<string, unknown>>;
}

/** A running command line. */
export interface Running {
	readonly ended: Promise<Ended>;
	kill(signal: NodeJS.Signals): void;
}

/** The default after which a process is killed that hangs; its `stderr` says so. It ends before the test does. */
const usuallyLongestMs = 300_000;

const program = join(process.cwd(), 'dist', 'cli.js');

/** Builds `dist/` where a source is younger; test files that start together wait for one build. */
export async function buildCli(): Promise<void> {
	const folder = join(process.cwd(), '.shoplake');
	await withLock({ folder, lock: join(folder, 'test-build.lock') }, async () => {
		const built = await stat(program).catch(() => undefined);
		if (built && built.mtimeMs > Math.max(await youngest('tasks'), await youngest('sql'))) return;
		const { code, stderr } = await startProgram('npm', ['run', '--silent', 'build'], process.env).ended;
		if (code !== 0) throw new Error(`'npm run build' fails, so there is no command line to test:\n${stderr}`);
	});
}

/** Starts an AWS of the test file's own, which this process uses too, and builds the command line from the sources. */
export async function startAws(): Promise<Server> {
	await buildCli();
	const aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	return aws;
}

/** Starts `shoplake …` as a user would, with nothing in its environment but `env`. */
export function startCli(env: NodeJS.ProcessEnv, ...args: readonly string[]): Running {
	return startProgram(process.execPath, [program, ...args], env);
}

/** Starts `shoplake …` and kills it after `minutes`. */
export function startLong(minutes: number, env: NodeJS.ProcessEnv, ...args: readonly string[]): Running {
	return startProgram(process.execPath, [program, ...args], env, minutes * 60_000);
}

/** Runs `shoplake …` to its end. */
export function runCli(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended> {
	return startCli(env, ...args).ended;
}

/** Runs `shoplake …`, which has to succeed; its result. */
export async function runResult(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended['result']> {
	const { code, result, stderr } = await runCli(env, ...args);
	if (code !== 0) throw new Error(`shoplake ${args.join(' ')} ends with exit code ${code}:\n${stderr}`);
	return result;
}

/** Starts any program. */
export function startProgram(
	command: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv,
	longestMs = usuallyLongestMs,
): Running {
	const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
	const text = { stdout: '', stderr: '' };
	const watchdog = setTimeout(() => {
		text.stderr += `\nKilled by the test: ${args.join(' ')} did not end within ${longestMs / 1000} s`;
		child.kill('SIGKILL');
	}, longestMs);
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', (piece: string) => {
			text[name] += piece;
		});
	}
	return {
		kill: (signal) => child.kill(signal),
		ended: new Promise((resolve, reject) => {
			child.once('error', reject);
			child.once('close', (code) => {
				clearTimeout(watchdog);
				try {
					resolve({ code, ...text, result: lastLine(text.stdout) });
				} catch (error) {
					reject(error);
				}
			});
		}),
	};
}

function lastLine(stdout: string): Ended['result'] {
	const line = stdout.trimEnd().split('\n').at(-1) ?? '';
	// The rows of `query` may end in such a line, too, without being one object.
	return /^\{.*\}$/.test(line) ? JSON.parse(line) : {};
}

async function youngest(folder: string): Promise<number> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
	return Math.max(...(await Promise.all(files)).map(({ mtimeMs }) => mtimeMs));
}
