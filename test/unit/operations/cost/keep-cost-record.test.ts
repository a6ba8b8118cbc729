import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepCostRecord } from '../../../../tasks/operations/cost';
import type { Outcome } from '../../../../tasks/platform/result';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const startedAt = new Date('2026-11-20T23:59:58.250Z');
const lake = { SHOPLAKE_BUCKET: 'lake', AWS_REGION: 'us-east-1' };

interface Given {
	readonly store?: MemoryStore;
	readonly env?: NodeJS.ProcessEnv;
	readonly outcome?: Outcome;
	readonly exitCode?: number;
	readonly isAlways?: boolean;
	/** What the task asks of AWS. */
	readonly requests?: number;
	readonly scanned?: number;
	readonly signal?: AbortSignal;
}

/** Ends a task, a second and a half after its start; returns the objects of the bucket and the log. */
async function endTask({ store = new MemoryStore(), requests = 3, scanned, signal, ...given }: Given) {
	let now = startedAt;
	const options = { store, task: 'stream seal', clock: () => now, ...(signal ? { signal } : {}) };
	const { context, logged, dispose } = testContext(options);
	for (let request = 0; request < requests; request++) context.aws.meter.count('S3', 'GetObject');
	if (scanned !== undefined) context.aws.meter.scan(scanned);
	context.aws.meter.consume('write', 2);
	now = new Date(startedAt.getTime() + 1500);
	const ended = { outcome: { status: 'published', batch: 'b', head: 7 }, exitCode: 0, isAlways: true, env: lake };
	await keepCostRecord(context, { ...ended, ...given });
	await dispose();
	const objects: Record<string, Record<string, unknown>> = {};
	for await (const { key } of store.list('')) objects[key] = JSON.parse((await store.getText(key)) ?? '');
	return { objects, records: Object.values(objects), logged };
}

test('a task leaves one record, under the date of its start, which counts the request that writes it', async () => {
	const { objects, records, logged } = await endTask({});
	expect(objects).toEqual({
		[`costs/dt=2026-11-20/235958250-stream-seal-${records[0]?.attempt}.json`]: {
			format: 1,
			step: 'stream seal',
			run_id: expect.any(String),
			attempt: expect.any(String),
			started_at: '2026-11-20T23:59:58.250Z',
			seconds: 1.5,
			status: 'published',
			exit_code: 0,
			batch: 'b',
			head: 7,
			region: 'us-east-1',
			emulator: false,
			bytes_in: 0,
			bytes_out: 0,
			requests: { S3: { GetObject: 3, PutObject: 1 } },
			dynamodb: { read_units: 0, write_units: 2 },
			athena: { statements: 0, scanned_bytes: 0, billed_bytes: 0 },
			fargate: null,
		},
	});
	expect(logged).toEqual([]);
});

test('a task that failed leaves one too, with its exit code', async () => {
	const { records } = await endTask({ outcome: { status: 'failed', error: 'a secret' }, exitCode: 65 });
	expect(records).toMatchObject([{ status: 'failed', exit_code: 65, batch: null, head: null }]);
	expect(JSON.stringify(records)).not.toContain('secret');
});

test('the record of an emulator says so', async () => {
	const { records } = await endTask({ env: { ...lake, AWS_ENDPOINT_URL: 'http://localhost:4566' } });
	expect(records).toMatchObject([{ emulator: true }]);
});

test.each<[string, Given, number]>([
	['a command that only reads leaves none', { isAlways: false }, 0],
	['unless Athena bills it', { isAlways: false, scanned: 1 }, 1],
	['a task that asked AWS for nothing leaves none', { requests: 0 }, 0],
	['a command without a lake leaves none', { env: {} }, 0],
])('%s', async (_, given, count) => {
	expect((await endTask(given)).records).toHaveLength(count);
});

describe('a record that can’t be written', () => {
	const refusing = () =>
		new MemoryStore().door({
			before: async () => {
				throw new Error('Access Denied');
			},
		});

	test('is a warning of a task that did its work', async () => {
		const { context, logged, dispose } = testContext({ store: refusing() });
		context.aws.meter.count('S3', 'GetObject');
		await keepCostRecord(context, { outcome: { status: 'published' }, exitCode: 0, isAlways: true, env: lake });
		await dispose();
		expect(logged).toEqual([
			"warn: What this run used of AWS is not recorded, so 'shoplake cost' leaves it out: Access Denied",
		]);
	});

	test('is not a warning of a query, whose user may have no right to write', async () => {
		const { context, logged, dispose } = testContext({ store: refusing() });
		context.aws.meter.scan(1);
		await keepCostRecord(context, { outcome: { status: 'done' }, exitCode: 0, isAlways: false, env: lake });
		await dispose();
		expect(logged).toEqual([expect.stringMatching(/^debug: .*Access Denied$/)]);
	});

	test('does not hide the error of a task that failed', async () => {
		const { context, logged, dispose } = testContext({ store: refusing() });
		context.aws.meter.count('S3', 'GetObject');
		await keepCostRecord(context, { outcome: { status: 'failed' }, exitCode: 65, isAlways: true, env: lake });
		await dispose();
		expect(logged).toEqual([expect.stringMatching(/^debug: .*Access Denied$/)]);
	});

	test('does not hold up a task that was stopped', async () => {
		const silent = new MemoryStore().door({ before: () => new Promise(() => undefined) });
		const { context, logged, dispose } = testContext({ store: silent, signal: AbortSignal.abort() });
		context.aws.meter.count('S3', 'GetObject');
		await keepCostRecord(context, { outcome: { status: 'terminated' }, exitCode: 143, isAlways: true, env: lake });
		await dispose();
		expect(logged).toEqual([expect.stringMatching(/^debug: .*S3 has not answered within 1.5 s\.$/)]);
	});
});

describe('on ECS', () => {
	let server: Server;
	let answer: unknown;
	beforeAll(async () => {
		server = createServer(({ url }, response) => {
			response.end(url === '/v4/id/task' ? JSON.stringify(answer) : '');
		});
		await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	});
	afterAll(() => new Promise((closed) => server.close(closed)));
	const env = () => ({
		...lake,
		ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/id`,
	});

	test('any command leaves a record, with the size of its task and the time since its image was pulled', async () => {
		answer = {
			LaunchType: 'FARGATE',
			Limits: { CPU: 0.25, Memory: 1024 },
			PullStartedAt: '2026-11-20T23:59:28.75Z',
			Containers: [],
		};
		const { records } = await endTask({ isAlways: false, env: env() });
		expect(records).toMatchObject([{ fargate: { vcpu: 0.25, gib: 1, seconds: 31 } }]);
	});

	test('a task whose size is not said leaves one without it', async () => {
		answer = { LaunchType: 'EC2' };
		const { records } = await endTask({ isAlways: false, env: env() });
		expect(records).toMatchObject([{ fargate: null }]);
	});
});
