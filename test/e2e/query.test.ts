import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, runResult, startAws, startProgram } from '../support/cli';
import type { Server } from '../support/server';

const program = join(process.cwd(), 'dist', 'cli.js');
let aws: Server;
let lake: AwsLake;
let folder: string;
beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-query-'));
	await runResult(lake.env, 'generate', '--date', '2026-11-20', '--records', '50');
	await runResult(lake.env, 'ingest', '--batch', '2026-11-20');
	await runResult(lake.env, 'clean', '--batch', '2026-11-20');
	await runResult(lake.env, 'aggregate');
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

const ask = async (...args: readonly string[]) => {
	const { code, stdout, stderr } = await runCli(lake.env, 'query', ...args);
	return { code, stdout, error: stderr === '' ? '' : JSON.parse(stderr.split('\n')[0] ?? '').message };
};

describe('a statement on the command line', () => {
	it('may be text, the name of an analysis, or a file', async () => {
		expect(await ask('select count(*) as orders from silver_orders', '--format', 'csv')).toEqual({
			code: 0,
			stdout: 'orders\r\n50\r\n',
			error: '',
		});
		const named = await ask('sales-by-category', '--param', 'to=2026-11-20', '--format', 'csv');
		expect(named.stdout).toMatch(/^category,units,revenue,.*\r\n/);
		expect(await ask('sql/analyses/sales-by-category.sql', '--format', 'csv')).toEqual(named);
	});

	it('works by name in any folder', async () => {
		const elsewhere = startProgram(
			'bash',
			['-c', `cd "$0" && "$1" "$2" query seed-revenue-by-category --json`, folder, process.execPath, program],
			lake.env,
		);
		expect(await elsewhere.ended).toMatchObject({
			code: 0,
			stdout: expect.stringMatching(/^\[\{"category":"\w+","total_revenue":[\d.]+\}/),
			stderr: '',
		});
	});

	it('is asked for without a terminal, exit code 64', async () => {
		expect(await ask()).toEqual({ code: 64, stdout: '', error: expect.stringMatching(/^Name a file with one SQL/) });
	});

	it.each([
		[
			'delete from silver_orders',
			66,
			/^'delete from silver_orders' is neither a file nor a statement that only reads\./,
		],
		['sales-by-categry', 66, /^sales-by-categry is neither a file nor an analysis\./],
		['select categry from gold_daily_sales', 65, /^The query, line 1, column 8: /],
	])('is refused: %j, exit code %d', async (given, code, message) => {
		expect(await ask(given)).toEqual({ code, stdout: '', error: expect.stringMatching(message) });
	});
});

it('lists the analyses with their questions and parameters, as text and as JSON', async () => {
	expect((await ask('--list')).stdout).toContain(
		[
			'customer-lifetime-value',
			'    Who are the most valuable 10 % of customers, and what share of revenue do they bring?',
			'    --param min_orders=1   minimum number of orders',
		].join('\n'),
	);
	const listed = JSON.parse((await ask('--list', '--json')).stdout);
	expect(listed.find(({ name }: { name: string }) => name === 'inventory')).toMatchObject({
		question: 'Which products run out soon at their current rate of sale?',
		reads: ['gold_inventory_health'],
		parameters: [{ name: 'days', type: 'decimal', default: '7', meaning: 'days the stock should last' }],
		columns: expect.arrayContaining([{ name: 'units_short', unit: 'units', meaning: expect.any(String) }]),
	});
});

it('lists the tables', async () => {
	const { tables, head } = await runResult(lake.env, 'tables', '--json');
	expect(head).toBe(3);
	expect((tables as { name: string }[]).find(({ name }) => name === 'silver_orders')).toMatchObject({
		...{ rows: 50, partitions: 1, newest: '2026-11-20' },
	});
	expect((await runCli(lake.env, 'tables', '--at', '1')).stdout).toMatch(/^Head 1\n\nname +rows +partitions +newest/);
});

it('exports all tables into a DuckDB file, or a batch, and says so', async () => {
	const file = join(folder, 'lake.duckdb');
	const { code, stdout, result } = await runCli(lake.env, 'export', file);
	expect([code, result.status, result.head]).toEqual([0, 'exported', 3]);
	expect(stdout).toMatch(/^Wrote head 3 to .*\n\ntable +rows\n─+ +─+\nsilver_orders +50\n/);
	expect((await runCli(lake.env, 'export', file)).result).toMatchObject({ status: 'failed' });
	expect((await runCli(lake.env, 'export', file, '--force')).code).toBe(0);
	const batch = await runResult(lake.env, 'export', '--batch', '2026-11-20', '--out', join(folder, 'batch'));
	expect(batch).toMatchObject({ status: 'exported', batch: '2026-11-20' });
});

it.each([
	[['export'], 'Name the DuckDB file to write (export lake.duckdb), or give --batch and --out.'],
	[
		['export', '--batch', '2026-11-20'],
		'Name the DuckDB file to write (export lake.duckdb), or give --batch and --out.',
	],
	[
		['export', 'x.duckdb', '--batch', 'b'],
		'export x.duckdb writes all tables: leave out --batch, --out and --dataset.',
	],
	[['export', '--batch', 'b', '--out', 'o', '--at', '1'], '--at and --force need the DuckDB file to write.'],
])('refuses %j, exit code 64', async (args, message) => {
	const { code, result } = await runCli(lake.env, ...args);
	expect([code, result.error]).toEqual([64, message]);
});

describe('the shell', () => {
	let homes = 0;
	/** What a person sees who opens the shell and types; a step waits for a text, then types. */
	const type = async (steps: readonly [waitFor: string, typed: string][], state = join(folder, `state-${++homes}`)) => {
		await mkdir(state, { recursive: true });
		const args = [join('test', 'support', 'terminal.py'), JSON.stringify(steps), process.execPath, program, 'query'];
		const env = { ...lake.env, XDG_STATE_HOME: state, TERM: 'xterm', PATH: process.env.PATH };
		const { code, stdout } = await startProgram('python3', args, env).ended;
		// 99 if a text does not appear.
		expect(code).toBe(0);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal is sent
		const seen = stdout.replaceAll('\r', '').replace(/\u001b\[[\d;?]*[a-zA-Z]/g, '');
		return { seen, history: await readFile(join(state, 'shoplake', 'query-history'), 'utf8').catch(() => '') };
	};
	const prompt = 'shoplake> ';
	const ctrl = { c: '\u0003', d: '\u0004' };
	const up = '\u001b[A';

	it('runs statements of several lines, and several of a line', async () => {
		const { seen } = await type([
			[prompt, 'select count(*) as orders\r'],
			['...> ', "from silver_orders where status <> ';';\r"],
			['50\r\n', "select 'first' as a; select 'second' as b;\r"],
			['second\r\n', ctrl.d],
		]);
		expect(seen).toMatch(/orders\n─+\n +50\n/);
		expect(seen).toMatch(/a\n─+\nfirst\nb\n─+\nsecond\n/);
	});

	it('shows an error and goes on', async () => {
		const { seen } = await type([
			[prompt, 'select nothing from silver_orders;\r'],
			['error: ', 'drop table silver_orders;\r'],
			['error: ', 'select 1 + 1 as two;\r'],
			[' 2\r\n', '.quit\r'],
		]);
		expect(seen).toMatch(/error: The query, line 1, column 8: Referenced column "nothing" not found/);
		expect(seen).toMatch(/error: 'drop table silver_orders' is neither a file nor a statement that only reads/);
		expect(seen).toMatch(/two\n─+\n +2\n/);
	});

	it('has commands, and runs analyses by name', async () => {
		const { seen } = await type([
			[prompt, '.help\r'],
			['Ctrl-C cancels', '.tables\r'],
			['gadget_sales ', '.list\r'],
			['seed-units-by-gadget', '.nothing\r'],
			['There is no command .nothing', 'seed-revenue-by-category;\r'],
			['total_revenue', ctrl.d],
		]);
		expect(seen).toMatch(/silver_orders +50 +1 +2026-11-20 +[\d.]+ kB/);
		expect(seen).toContain('Which products are bought together');
	});

	it('cancels the running statement on Ctrl-C, and not the shell', async () => {
		const { seen } = await type([
			[prompt, 'select sum(hash(a.range + b.range)) as endless from range(1000000) a, range(1000000) b;\r'],
			['range(1000000) b;', ctrl.c],
			['Cancelled.', "select 'after' || 'wards' as word;\r"],
			['afterwards', ctrl.d],
		]);
		expect(seen).not.toContain('error:');
	});

	it('drops unfinished lines on Ctrl-C', async () => {
		const { seen } = await type([
			[prompt, "select 'dropped' ||\r"],
			['...> ', `more${ctrl.c}`],
			[prompt, "select 'kept' as word;\r"],
			['kept\r\n', ctrl.d],
		]);
		expect(seen).toMatch(/word\n─+\nkept\n/);
		expect(seen).not.toContain('error:');
	});

	it('keeps its history in the user’s state folder, for that user only', async () => {
		const state = join(folder, 'state-kept');
		const first = await type(
			[
				[prompt, "select 'recalled' as word;\r"],
				['recalled\r\n', ctrl.d],
			],
			state,
		);
		expect(first.history).toBe("select 'recalled' as word;\n");
		expect((await stat(join(state, 'shoplake', 'query-history'))).mode & 0o777).toBe(0o600);
		const second = await type(
			[
				[prompt, `${up}\r`],
				['recalled\r\n', ctrl.d],
			],
			state,
		);
		expect(second.seen).toMatch(/word\n─+\nrecalled\n/);
	});
});
