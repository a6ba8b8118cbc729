import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withLock } from '../../../tasks/local/lock';
import { pythonEnvironment } from '../../../tasks/local/python-environment';
import { doubleText, timestampText } from '../../../tasks/query/query-result';

const folder = join(process.cwd(), '.shoplake');
const own = join(process.cwd(), 'test', 'support', 'pyiceberg');

/** What to read of a table: the newest snapshot by default, all rows without a filter. */
export interface IcebergRequest {
	readonly table: string;
	readonly snapshot?: number;
	readonly tag?: string;
	/** As PyIceberg parses it: `order_date = '2026-11-20'`. */
	readonly filter?: string;
}

export interface IcebergRows {
	/** Values as `query` writes them. */
	readonly rows: (string | null)[][];
	readonly columns: readonly string[];
	/** `s3://…`: the data files that the scan reads. */
	readonly files: readonly string[];
}

interface Answer {
	readonly columns: readonly (readonly [name: string, type: string])[];
	readonly rows: readonly (readonly (string | null)[])[];
	readonly files: readonly string[];
}

/** Reads tables of a database of the local AWS with PyIceberg, which is installed in a virtual environment of this clone. */
export async function readWithPyIceberg(
	aws: string,
	database: string,
	requests: readonly IcebergRequest[],
): Promise<IcebergRows[]> {
	const requirements = join(own, 'requirements.txt');
	const bin = await withLock({ folder, lock: join(folder, 'pyiceberg.lock') }, () =>
		pythonEnvironment({ folder: join(folder, 'pyiceberg-venv'), requirements, purpose: 'PyIceberg' }),
	);
	const child = spawn(join(bin, 'python'), ['-W', 'ignore', join(own, 'read.py')], {
		env: { ...process.env, AWS_ENDPOINT_URL: aws },
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	child.stdin.end(JSON.stringify(requests.map((request) => ({ database, ...request }))));
	const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
	if (code !== 0) throw new Error(`PyIceberg ended with ${code}: ${errors}`);
	return (JSON.parse(out) as Answer[]).map(({ columns, rows, files }) => ({
		columns: columns.map(([name]) => name),
		rows: rows.map((row) => row.map((value, index) => asQueried(value, columns[index]?.[1] ?? ''))),
		files,
	}));
}

function asQueried(value: string | null, type: string): string | null {
	if (value === null) return null;
	if (type === 'double') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
