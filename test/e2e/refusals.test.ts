import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { datasetNames } from '../../tasks/contracts';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, runResult, startAws } from '../support/cli';
import { freePort, type Server } from '../support/server';

let aws: Server;
let lake: AwsLake;
let folder: string;

const order = { order_id: 'O1', user_id: 'U1', order_date: '2026-11-20', total_amount: 10, status: 'completed' };
const ndjson = (...records: readonly (object | string)[]) =>
	records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join('');

beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	// A refusal has to leave what is there as it is.
	const source = await file('sound/orders.ndjson', ndjson(order));
	await runResult(lake.env, 'ingest', '--batch', 'sound', '--source', source);
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Writes a file below the test's folder; its path. */
async function file(name: string, content: string | Buffer): Promise<string> {
	const path = join(folder, name);
	await mkdir(join(path, '..'), { recursive: true });
	await writeFile(path, content);
	return path;
}

/** The lake's objects, without the rejected records of refused batches and the records of what commands cost. */
const lakeObjects = async () =>
	Object.fromEntries(Object.entries(await lake.objects()).filter(([key]) => !/^(refused|costs)\//.test(key)));

/** Runs a command line that has to be refused, change nothing and print no stack trace; its exit code and message. */
async function refusal(args: readonly string[], env = lake.env): Promise<{ code: number | null; error: string }> {
	const before = await lakeObjects();
	const { code, stdout, stderr, result } = await runCli(env, ...args);
	expect(await lakeObjects()).toEqual(before);
	expect(stdout + stderr).not.toMatch(/^\s+at |\\n\s+at /m);
	if (stdout === '') return { code, error: stderr };
	expect(result).toMatchObject({ task: args[0], status: 'failed', received: 0, partitions: [] });
	const logged = stderr
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	expect(logged.at(-1)).toMatchObject({ level: 'error', message: result.error, task: args[0], run_id: result.run_id });
	return { code, error: String(result.error) };
}

describe('a wrong command line is refused with 64', () => {
	it.each([
		[['clean', '--bogus'], /^Unknown argument: bogus\n\nSee: shoplake clean --help\n$/],
		[['clen'], /^Unknown argument: clen\n/],
		[[], /^Choose a command; `shoplake --help` lists them\.\n/],
		[['ingest'], /^Missing required argument: batch\n/],
		[['generate', '--date', '2026-02-30'], /^--date 2026-02-30: give a date as YYYY-MM-DD/],
		[['run', '--date', '20-11-2026'], /^--date '20-11-2026' is not a valid date; write it as 2026-11-20\.$/],
		[['run'], /^Choose what to run: either --date D/],
		[['clean'], /^Choose the batches to admit: either --batch ID, or --from D --to D, or --sealed\.$/],
		[['clean', '--from', '2026-11-20'], /^Give both --from and --to, or neither\.$/],
		[['aggregate', '--from', '2026-11-21', '--to', '2026-11-20'], /^--from 2026-11-21 is after --to 2026-11-20\.$/],
		[['load-kpis', '--batch', 'x', '--from', '2026-11-20', '--to', '2026-11-20'], /^Give either --batch ID or /],
		[['ingest', '--batch', 'a/b'], /^--batch 'a\/b': a batch id has letters, digits and/],
		[
			['ingest', '--batch', 'b', '--max-rejected', 'many'],
			/^--max-rejected 'many' is not a share: write 5% or 0\.05\.$/,
		],
		[['rollback', '--to', '99'], /^There is no head 99: the lake keeps heads 1 to 1\. See 'shoplake status/],
		[['rollback', '--to', '1.5'], /^--to 1\.5: give a whole number from 1 to 9999999999\.$/],
		[['verify', '--at', 'last'], /^--at: give a whole number\.$/],
		[
			['vacuum', '--older-than', 'soon'],
			/^--older-than 'soon' is not a duration: write days \(7d\) or hours \(36h\)\.$/,
		],
	])('%j', async (args, message) => {
		expect(await refusal(args)).toEqual({ code: 64, error: expect.stringMatching(message) });
	});

	it('an invalid as-of', async () => {
		const source = await file('as-of/orders.ndjson', ndjson(order));
		expect(await refusal(['ingest', '--batch', 'b', '--source', source, '--as-of', 'today'])).toEqual({
			code: 64,
			error: "--as-of 'today' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).",
		});
	});

	it('a file whose name does not say what it holds', async () => {
		const source = await file('unnamed/things.csv', 'a,b\n1,2\n');
		expect(await refusal(['ingest', '--batch', 'b', '--source', source])).toEqual({
			code: 64,
			error: `${source}: its name does not say what it holds. Name it ${datasetNames.map((name) => `${name}*`).join(', ')}, or give --dataset.`,
		});
	});
});

describe('an environment that is not set up', () => {
	it('without a lake: 78, and how to get one', async () => {
		const { SHOPLAKE_BUCKET: _, AWS_ENDPOINT_URL: __, ...env } = lake.env;
		expect(await refusal(['status'], { ...env, SHOPLAKE_HOME: folder })).toEqual({
			code: 78,
			error: expect.stringMatching(
				/^SHOPLAKE_BUCKET is not set: there is no lake to work on\. On a laptop run 'shoplake local up'/,
			),
		});
	});

	it('with a setting that makes no sense: 78, by its name', async () => {
		expect(await refusal(['status'], { ...lake.env, SHOPLAKE_MEMORY: 'lots' })).toEqual({
			code: 78,
			error: 'SHOPLAKE_MEMORY=lots: must be a number and GiB or MiB, such as 2GiB.',
		});
	});

	it('with a bucket that is not there: 78', async () => {
		expect(await refusal(['status'], { ...lake.env, SHOPLAKE_BUCKET: 'elsewhere' })).toEqual({
			code: 78,
			error: expect.stringMatching(
				/^S3 has no .*bucket.* here; the lake's is elsewhere \(SHOPLAKE_BUCKET\)\. Set it to/,
			),
		});
	});

	it('with an AWS that does not answer: 75, and its endpoint', async () => {
		const endpoint = `http://127.0.0.1:${await freePort()}`;
		expect(await refusal(['status'], { ...lake.env, AWS_ENDPOINT_URL: endpoint })).toEqual({
			code: 75,
			error: expect.stringMatching(
				new RegExp(
					`^AWS does not answer at ${endpoint}; is the local AWS up \\('shoplake local status'\\)\\? \\(ECONNREFUSED\\)$`,
				),
			),
		});
	});
});

describe('without input a task ends with 66', () => {
	it.each([
		[
			['ingest', '--batch', '2026-11-20'],
			'Batch 2026-11-20 has no files under s3://lake-main/landing/<dataset>/batch=2026-11-20/. Generate or upload them, or name a --source.',
		],
		[['ingest', '--batch', 'b', '--source', 'no/such/place'], 'no/such/place does not exist.'],
		[['clean', '--batch', 'b'], "Batch b has not been ingested. Run 'shoplake ingest --batch b' first."],
		[
			['clean', '--from', '2026-11-01', '--to', '2026-11-02'],
			"No batch from 2026-11-01 to 2026-11-02 has been ingested. Run 'shoplake ingest' first.",
		],
	])('%j', async (args, error) => {
		expect(await refusal(args)).toEqual({ code: 66, error });
	});

	it('a folder without readable files', async () => {
		await file('notes/readme.txt', 'hello');
		const source = join(folder, 'notes');
		expect(await refusal(['ingest', '--batch', 'b', '--source', source])).toEqual({
			code: 66,
			error: `${source} holds no file to ingest: none ends in .ndjson, .jsonl, .json, .csv, .tsv, .parquet or .xlsx, plain or .gz. There is ${source}/readme.txt.`,
		});
	});
});

describe('data that break their contract are refused with 65, the whole batch', () => {
	const many = Array.from({ length: 2000 }, (_, index) => ({ ...order, order_id: `O${index}` }));
	const header = 'order_id,user_id,order_date,total_amount,status\n';

	it.each<[string, string, Buffer | string, RegExp]>([
		[
			'a truncated gzip',
			'orders.ndjson.gz',
			gzipSync(ndjson(...many)).subarray(0, 2000),
			/orders\.ndjson\.gz is cut off: its gzip stream has no end\. Send the file again\. The batch is not published\.$/,
		],
		[
			'a file that is not gzip',
			'orders.ndjson.gz',
			ndjson(order),
			/orders\.ndjson\.gz is not a valid gzip file \(.+\)\. Send the file again\./,
		],
		[
			'a wrong CSV header',
			'orders.csv',
			'order_id,customer,order_date,total_amount,status\nO1,U1,2026-11-20,1,completed\n',
			/orders\.csv .*user_id.*The batch is not published\.$/s,
		],
		[
			'a file that is not UTF-8',
			'orders.csv',
			Buffer.concat([Buffer.from(`${header}O1,U`), Buffer.from([0xe9]), Buffer.from(',2026-11-20,1,completed\n')]),
			/orders\.csv is not UTF-8 \(line 2\)\. It looks like windows-1252, in which a word there is 'Ué'\. Save it as UTF-8 and send it again, or name its encoding: ingest --encoding windows-1252\. The batch is not published\.$/,
		],
		[
			'an empty file',
			'orders.ndjson',
			'',
			/orders\.ndjson is empty\. Send the file again, or leave it out\. The batch is not published\.$/,
		],
		['an empty CSV', 'orders.csv', '', /orders\.csv is empty\./],
		[
			'blank lines',
			'orders.ndjson',
			'\n\n',
			/orders\.ndjson has no records, only blank lines\. The batch is not published\.$/,
		],
		[
			'a text named Parquet',
			'orders.parquet',
			'not parquet at all',
			/orders\.parquet .*The batch is not published\.$/s,
		],
	])('%s, named by its path', async (what, name, content, message) => {
		const batch = what.replaceAll(' ', '-');
		// The valid file beside it must not be published alone.
		await file(`${batch}/products.ndjson`, ndjson({ product_id: 'P1', category: 'Toys', name: 'Robot', price: 1 }));
		await file(`${batch}/${name}`, content);
		const { code, error } = await refusal(['ingest', '--batch', batch, '--source', join(folder, batch)]);
		expect({ code, error }).toEqual({ code: 65, error: expect.stringMatching(message) });
		expect(error.startsWith(join(folder, batch, name))).toBe(true);
	});

	it('too many rejected records, with the file, line and field of the first of each rule', async () => {
		const bad = [
			'{"order_id": "O1", ',
			{ ...order, order_id: 'O2', user_id: ' ' },
			{ ...order, order_id: 'O3', total_amount: 'ten' },
			{ ...order, order_id: 'O4', status: 'lost' },
			{ ...order, order_id: 'O5', total_amount: -1 },
			{ ...order, order_id: 'O6', order_date: '2026-11-22' },
		];
		const source = await file('rejected/orders.ndjson', ndjson(...many.slice(0, 94), ...bad));
		const ingest = ['ingest', '--batch', '2026-11-20', '--source', source];
		const { code, error } = await refusal(ingest);
		expect(code).toBe(65);
		const [summary, ...lines] = error.split('\n');
		expect(summary).toBe(
			'Batch 2026-11-20: 6 of 100 records of orders break their contract (6 %; the limit is 5 %). Nothing of the batch is published. The first of each rule:',
		);
		expect(lines.at(-1)).toBe('Fix the source, or raise --max-rejected if so many rejected records are expected.');
		expect(lines.at(-2)).toBe(
			`All of them: echo "select * from lake_refused where dataset = 'orders' and batch = '2026-11-20'" | shoplake query -`,
		);
		expect(lines.slice(0, -2)).toEqual([
			expect.stringMatching(/^ {2}orders\.ndjson line 98: enum: status/),
			expect.stringMatching(/^ {2}orders\.ndjson line 100: future: order_date/),
			expect.stringMatching(/^ {2}orders\.ndjson line 96: missing: user_id/),
			expect.stringMatching(/^ {2}orders\.ndjson line 99: range: total_amount/),
			expect.stringMatching(/^ {2}orders\.ndjson line 97: type: total_amount/),
		]);
		expect(Object.keys(await lake.objects()).filter((key) => key.startsWith('refused/'))).toEqual([
			expect.stringMatching(/^refused\/orders\/batch=2026-11-20\//),
		]);
		const heads = await lake.heads();
		expect(await runResult(lake.env, ...ingest, '--max-rejected', '6%')).toMatchObject({ received: 100, rejected: 6 });
		expect(await lake.heads()).toBe(heads + 1);
	});

	it('shows a stack trace when asked to', async () => {
		const source = await file('verbose/orders.ndjson', '');
		const { stderr } = await runCli(lake.env, 'ingest', '--batch', 'b', '--source', source, '--verbose');
		expect(stderr).toMatch(/is empty\..*\\n\s+at /);
	});
});

describe('query', () => {
	let sql: string;
	beforeAll(async () => {
		sql = await file('query/numbers.sql', 'select i from range(3_000_000) as t (i)');
	});

	it.each<[flags: string[], code: number, message: string]>([
		[['--at', '1', '--at', '2'], 64, '--at is given 2 times (1, 2): give it once.'],
		[['--at'], 64, '--at needs a value: give one, or leave the flag out.'],
		[['--at', '1.5'], 64, '--at 1.5: give a whole number from 1 to 9999999999.'],
		[['--at', '0'], 64, '--at 0: give a whole number from 1 to 9999999999.'],
		[['--at', '1e3'], 64, 'There is no head 1000'],
		[['--format', 'csv', '--format', 'json'], 64, '--format is given 2 times (csv, json): give it once.'],
		[['--engine', 'duckdb', '--engine', 'athena'], 64, '--engine is given 2 times (duckdb, athena): give it once.'],
		[['--param', 'a=1'], 64, '--param a: the query has no such parameter; it has no parameters.'],
		[['--param'], 64, '--param needs a value: give one, or leave the flag out.'],
	])('refuses %j', async (flags, code, message) => {
		expect(await refusal(['query', sql, ...flags])).toEqual({ code, error: expect.stringContaining(message) });
	});

	it.each(['duckdb', 'athena'])('refuses on %s what does more than read, with 65', async (engine) => {
		const drop = await file('query/drop.sql', 'drop table gold_daily_sales');
		expect(await refusal(['query', drop, '--engine', engine])).toEqual({
			code: 65,
			error: expect.stringContaining('line 1, column 1: a statement that starts with drop is refused.'),
		});
	});

	it.each(['table', 'json', 'csv'])(
		'ends with 0 and without a word where the reader of its %s has had enough',
		async (format) => {
			const pipe = `"$0" dist/cli.js query "$1" --format ${format} | head -n 1 | wc -l; echo "\${PIPESTATUS[0]}"`;
			const { stdout, stderr } = await promisify(execFile)('bash', ['-c', pipe, process.execPath, sql], {
				env: lake.env,
			});
			expect([stdout, stderr.replace(/^\(node:[\s\S]*$/, '')]).toEqual(['1\n0\n', '']);
		},
	);
});
