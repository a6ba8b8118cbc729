import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError, TryAgainError } from '../platform/errors';
import { lastOutput } from './last-lines';

const run = promisify(execFile);
const oldestPython = [3, 10] as const;
const debianHint = "on Debian: 'apt install python3 python3-venv'";

/**
 * Creates a virtual environment with pinned packages, unless it exists; recreates it if the pins have changed or an
 * installation was interrupted. Resolves to its `bin` folder.
 * @throws ConfigurationError without a suitable Python, TryAgainError if the packages can't be installed
 */
export async function pythonEnvironment(options: {
	readonly folder: string;
	/** A requirements file. */
	readonly requirements: string;
	/** Its purpose, as the subject of a sentence: `The local AWS`. */
	readonly purpose: string;
	/** The oldest Python that is supported; 3.10 by default. */
	readonly oldest?: readonly [major: number, minor: number];
	readonly pipFlags?: readonly string[];
	/** Called once if there is something to install. */
	readonly onInstall?: () => void;
	readonly signal?: AbortSignal;
	/** The environment in which `python3` is found and pip runs; the process's own by default. */
	readonly env?: NodeJS.ProcessEnv;
}): Promise<string> {
	const { folder, requirements, purpose, oldest = oldestPython, pipFlags = [], signal, env = process.env } = options;
	const how = { env, ...(signal ? { signal } : {}) };
	const bin = join(folder, 'bin');
	const installed = join(folder, 'installed.txt');
	const wanted = await readFile(requirements, 'utf8');
	if (existsSync(join(bin, 'python')) && existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) {
		return bin;
	}
	await requirePython(purpose, oldest, how);
	options.onInstall?.();
	await rm(folder, { recursive: true, force: true });
	await run('python3', ['-m', 'venv', folder], how).catch((error) => {
		throw new ConfigurationError(
			`${purpose} needs a Python virtual environment, and python3 can't create one: install its venv module (${debianHint}), then retry. Python said: ${lastOutput(error)}`,
		);
	});
	const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pipFlags, '-r', requirements];
	await run(join(bin, 'python'), pip, how).catch((error) => {
		throw new TryAgainError(
			`${purpose} needs Python packages that can't be downloaded or installed: check the network (and pip's index and proxy), then retry. pip said: ${lastOutput(error)}`,
		);
	});
	await writeFile(installed, wanted);
	return bin;
}

async function requirePython(
	purpose: string,
	oldest: readonly [number, number],
	how: { env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> {
	const wanted = oldest.join('.');
	const print = 'import sys; print(sys.version_info[0], sys.version_info[1])';
	const { stdout } = await run('python3', ['-c', print], how).catch(() => {
		throw new ConfigurationError(
			`${purpose} needs Python ${wanted} or newer, and there is no working 'python3' on the PATH: install it (${debianHint}), then retry.`,
		);
	});
	const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
	if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
	throw new ConfigurationError(
		`${purpose} needs Python ${wanted} or newer, and python3 on the PATH is ${major}.${minor}: put a newer version first on the PATH, then retry.`,
	);
}
