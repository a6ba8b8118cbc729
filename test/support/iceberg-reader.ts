import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withLock } from '../../tasks/local/lock';
import { pythonEnvironment } from '../../tasks/local/python-environment';
import { doubleText, timestampText } from '../../tasks/query/query-result';

const folder = join(process.cwd(), '.shoplake');
const support = join(process.cwd(), 'test', 'support');

/** A program that reads Iceberg tables of a Glue catalogue. */
export interface IcebergReader {
	/** Its folder in `test/support/`, with the script `read.py` and its packages, `requirements.txt`. */
	readonly name: string;
	/** As in messages. */
	readonly title: string;
	/** Further settings of its script. */
	readonly env?: Readonly<Record<string, string>>;
}

/** What to read of a table: the newest snapshot by default, all rows without a filter. */
export interface IcebergRequest {
	readonly table: string;
	readonly snapshot?: number;
	readonly tag?: string;
	/** As the reader parses it: `order_date = '2026-11-20'`. */
	readonly filter?: string;
}

export interface IcebergRows {
	/** Values as `query` writes them. */
	readonly rows: (string | null)[][];
	readonly columns: readonly string[];
	/** `s3://…`: the data files that the scan reads; none where the reader can't tell. */
	readonly files: readonly string[];
}

interface Answer {
	readonly columns: readonly (readonly [name: string, type: string])[];
	readonly rows: readonly (readonly (string | null)[])[];
	readonly files: readonly string[];
}

/** Reads tables of a database of the local AWS. The reader is installed in a virtual environment of this clone. */
export async function readIceberg(
	reader: IcebergReader,
	aws: string,
	database: string,
	requests: readonly IcebergRequest[],
): Promise<IcebergRows[]> {
	const answers: Answer[] = JSON.parse(
		await runReader(
			reader,
			aws,
			requests.map((request) => ({ database, ...request })),
		),
	);
	return answers.map(({ columns, rows, files }) => ({
		columns: columns.map(([name]) => name),
		rows: rows.map((row) => row.map((value, index) => asQueried(value, columns[index]?.[1] ?? ''))),
		files,
	}));
}

/** Gives a reader's script its requests; returns its answers, both as JSON. */
export async function runReader(
	{ name, title, env }: IcebergReader,
	aws: string,
	requests: readonly object[],
): Promise<string> {
	const own = join(support, name);
	const requirements = join(own, 'requirements.txt');
	const bin = await withLock({ folder, lock: join(folder, `${name}.lock`) }, () =>
		pythonEnvironment({ folder: join(folder, `${name}-venv`), requirements, purpose: title }),
	);
	const child = spawn(join(bin, 'python'), ['-W', 'ignore', join(own, 'read.py')], {
		env: { ...process.env, ...env, AWS_ENDPOINT_URL: aws, PYTHONPATH: support },
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	child.stdin.end(JSON.stringify(requests));
	const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
	if (code !== 0) throw new Error(`${title} ended with ${code}: ${errors.slice(-4000)}`);
	return out;
}

function asQueried(value: string | null, type: string): string | null {
	if (value === null) return null;
	if (type === 'double') return doubleText(value);
	return type.startsWith('timestamp') ? timestampText(value) : value;
}
