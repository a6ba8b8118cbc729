import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateGetTables } from '@aws-sdk/client-glue';
import { streams } from '../../tasks/contracts/streams';
import { localDown, localLayout, localReset, localStatus, localUp, pythonEnvironment } from '../../tasks/local';
import { commandLine } from '../../tasks/local/command-line';
import { runBatch } from '../../tasks/pipeline';
import { lakeContext } from '../support/aws-lake';
import { buildCli } from '../support/cli';
import { deliveredLines } from '../support/delivered';
import { freePort } from '../support/server';
import { copySynthesised } from '../support/synthesised-stack';
import { until } from '../support/until';

/** What the first `up` has said; every test finds the local AWS up and leaves it so. */
let first: Awaited<ReturnType<typeof localUp>>;
const environmentBefore = { ...process.env };
let home: string;
let port: number;

/** Does a task as a process of its own would: with a context of its own. */
async function asTask<T>(work: (context: ReturnType<typeof lakeContext>['context']) => Promise<T>): Promise<T> {
	const { context, dispose } = lakeContext('local test', process.env);
	try {
		return await work(context);
	} finally {
		await dispose();
	}
}
const up = (options: { port?: number; host?: string } = {}) => asTask((context) => localUp(context, options));
const down = () => asTask((context) => localDown(context, { dryRun: false }));

const runDay = (batch: string) =>
	asTask((context) =>
		runBatch(context, { batch, generated: { records: 60, seed: '1', dirt: 0.02 }, maxRejected: 0.5 }),
	);

/** What readers of the local AWS see: the items of the KPI tables, the tables of Glue, the newest head. */
const readView = () =>
	asTask(async (context) => {
		const { aws, config } = context;
		const [dynamodb, glue] = await Promise.all([aws.dynamodb(), aws.glue()]);
		const items: string[] = [];
		for (const TableName of [config.categoryKpisTable, config.orderKpisTable]) {
			for await (const page of paginateScan({ client: dynamodb }, { TableName })) {
				items.push(...(page.Items ?? []).map((item) => JSON.stringify(Object.entries(item).sort())));
			}
		}
		const tables: string[] = [];
		for await (const page of paginateGetTables({ client: glue }, { DatabaseName: config.database })) {
			tables.push(...(page.TableList ?? []).map(({ Name = '' }) => Name));
		}
		const silver = await (await (await context.lake()).newest()).table('silver_orders');
		return { items: items.sort(), tables: tables.sort(), silver: silver.partitions };
	});

const kill = async () => {
	const { pid } = JSON.parse(await readFile(localLayout().record, 'utf8'));
	process.kill(pid, 'SIGKILL');
	// The kernel of a busy machine takes its time to remove a dead process.
	while ((await commandLine(pid)) !== '') await setImmediate();
};

beforeAll(async () => {
	await buildCli();
	home = await mkdtemp(join(tmpdir(), 'shoplake-local-'));
	port = await freePort();
	const venv = join(process.cwd(), '.shoplake', 'venv');
	await pythonEnvironment({
		folder: venv,
		requirements: join('docker', 'ministack-requirements.txt'),
		purpose: 'This test',
	});
	await mkdir(join(home, '.shoplake'));
	await symlink(venv, join(home, '.shoplake', 'venv'));
	process.env.SHOPLAKE_HOME = home;
	await copySynthesised(localLayout());
	process.env.AWS_PROFILE = 'of-a-real-account';
	first = await up({ port });
}, 600_000);
afterAll(async () => {
	await down();
	process.env = environmentBefore;
	await rm(home, { recursive: true });
});

test('up starts and deploys; up again changes nothing', async () => {
	expect(first).toMatchObject({
		endpoint: `http://127.0.0.1:${port}`,
		started: true,
		deployed: true,
		lostState: false,
	});
	expect(await up()).toEqual({ ...first, started: false, deployed: false });
	expect(process.env).toMatchObject({ SHOPLAKE_BUCKET: first.bucket, AWS_ENDPOINT_URL: first.endpoint });
	expect(process.env.AWS_PROFILE).toBeUndefined();
	expect(await localStatus()).toMatchObject({
		status: 'up',
		endpoint: first.endpoint,
		pid: first.pid,
		stack: 'CREATE_COMPLETE',
		bucket: first.bucket,
		data: join(home, '.shoplake'),
	});
});

test('live orders reach the lake by themselves, also those that were put while the relay was down', async () => {
	const put = async (orderid: string) => {
		const Item = { orderid: { S: orderid }, product_name: { S: 'Phone' }, quantity: { N: '1' }, price: { N: '10.99' } };
		await asTask(async ({ aws }) => (await aws.dynamodb()).send(new PutItemCommand({ TableName: 'OrderTable', Item })));
	};
	const delivered = async (): Promise<string[]> => {
		const lines = await deliveredLines(process.env.SHOPLAKE_BUCKET ?? '', streams.live_orders.prefix);
		return lines.map((line) => JSON.parse(line).orderid);
	};
	const arrive = (...ids: readonly string[]) => until(delivered, (found) => ids.every((id) => found.includes(id)));
	const { relay_pid } = await localStatus();
	expect(await commandLine(Number(relay_pid))).toContain('orders relay');
	await put('0001');
	await arrive('0001');
	process.kill(Number(relay_pid), 'SIGKILL');
	while ((await commandLine(Number(relay_pid))) !== '') await setImmediate();
	await put('0002');
	await down();
	expect((await localStatus()).relay_pid).toBeNull();
	await up();
	await put('0003');
	await arrive('0001', '0002', '0003');
});

test('the template is synthesised again only where its sources have changed', async () => {
	const { assembly } = localLayout();
	const template = join(assembly, 'Shoplake.template.json');
	const sources = join(assembly, 'sources.txt');
	const readTime = async () => (await stat(template)).mtimeMs;
	const before = await readTime();
	expect(await up()).toMatchObject({ deployed: false });
	expect(await readTime()).toBe(before);
	await writeFile(sources, (await readFile(sources, 'utf8')).replace('infra/bin/app.ts', 'infra/bin/other.ts'));
	expect(await up()).toMatchObject({ deployed: false });
	expect(await readTime()).toBeGreaterThan(before);
});

test('a lake with its tables and KPIs survives down and up', async () => {
	await runDay('2026-11-20');
	const before = await readView();
	expect(before.items.length).toBeGreaterThan(2);
	expect(before.tables).toContain('gold_daily_sales');
	expect(await down()).toMatchObject({ status: 'stopped' });
	expect(await down()).toEqual({ status: 'unchanged' });
	expect(await localStatus()).toMatchObject({ status: 'down', pid: null });
	expect(await up()).toMatchObject({ endpoint: `http://127.0.0.1:${port}`, deployed: false, lostState: false });
	expect(await readView()).toEqual(before);
});

test('after a kill up restores what MiniStack had not saved', async () => {
	// Nothing of this run is in a saved state: since the last start MiniStack was not stopped.
	await runDay('2026-11-21');
	const before = await readView();
	await kill();
	expect(await localStatus()).toMatchObject({ status: 'killed', pid: null });
	expect(await up()).toMatchObject({ started: true, deployed: false, lostState: true });
	expect(await readView()).toEqual(before);
	expect(await up()).toMatchObject({ started: false, deployed: false, lostState: false });
});

test('a lake whose stack is lost moves into the bucket of the new stack', async () => {
	await runDay('2026-11-22');
	const before = await readView();
	const { bucket } = await up();
	await down();
	await rm(localLayout().state, { recursive: true });
	const after = await up();
	expect(after).toMatchObject({ deployed: true, lostState: true });
	expect(after.bucket).not.toBe(bucket);
	expect(await readView()).toEqual(before);
});

test('a process that has inherited the id of a dead MiniStack is left alone', async () => {
	await kill();
	const record = JSON.parse(await readFile(localLayout().record, 'utf8'));
	await writeFile(localLayout().record, JSON.stringify({ ...record, pid: process.pid }));
	expect(await down()).toEqual({ status: 'unchanged' });
	expect((await up()).pid).not.toBe(process.pid);
});

test('a port that another program has is refused, with a hint', async () => {
	const other = createServer((_, response) => response.end('hello'));
	await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
	const { port: taken } = other.address() as AddressInfo;
	await expect(up({ port: taken })).rejects.toMatchObject({
		exitCode: 78,
		message: `Port ${taken} is taken by another program. Choose another port ('shoplake local up --port ${taken + 1}', or SHOPLAKE_PORT=${taken + 1}), or stop that program.`,
	});
	other.close();
	expect(await localStatus()).toMatchObject({ status: 'up', endpoint: `http://127.0.0.1:${port}` });
});

test('it moves to another address of this machine, stays there, and refuses one that other machines reach', async () => {
	await expect(up({ host: '0.0.0.0' })).rejects.toMatchObject({ exitCode: 64 });
	const { bucket } = await up();
	const moved = { endpoint: `http://127.0.0.2:${port}`, bucket, deployed: false };
	expect(await up({ host: '127.0.0.2' })).toMatchObject({ ...moved, started: true });
	expect(process.env.AWS_ENDPOINT_URL).toBe(moved.endpoint);
	await down();
	expect(await up()).toMatchObject(moved);
	expect(await up({ host: '127.0.0.1' })).toMatchObject({ endpoint: `http://127.0.0.1:${port}`, bucket });
});

test('a port that the local AWS of another clone has is refused, by the name of that clone', async () => {
	const owner = home;
	process.env.SHOPLAKE_HOME = await mkdtemp(join(tmpdir(), 'shoplake-other-'));
	try {
		await mkdir(localLayout().folder);
		await copySynthesised(localLayout());
		await expect(up({ port })).rejects.toThrow(`Port ${port} is taken by the local AWS of another clone, ${owner}.`);
	} finally {
		await down();
		await rm(process.env.SHOPLAKE_HOME, { recursive: true });
		process.env.SHOPLAKE_HOME = owner;
	}
});

test('reset asks first, then deletes the data but not what was installed', async () => {
	const reset = (yes: boolean) => asTask((context) => localReset(context, { yes, dryRun: false }));
	await expect(reset(false)).rejects.toThrow("Confirm it: 'shoplake local reset --yes'.");
	expect(await reset(true)).toMatchObject({ status: 'reset' });
	const { objects, state, settings, venv } = localLayout();
	expect([objects, state, settings, venv].map(existsSync)).toEqual([false, false, false, true]);
	expect(await localStatus()).toMatchObject({ status: 'down', endpoint: null, bucket: null });
});
