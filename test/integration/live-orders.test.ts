import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { localSettings } from '../../tasks/local/settings';
import { buildCli, runCli, runResult, startCli } from '../support/cli';
import { deliveredLines } from '../support/delivered';
import { deployStack } from '../support/deployed-stack';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import { until } from '../support/until';

/** The stack as it is deployed: OrderTable → its stream → relay → Kinesis → Firehose with its function → S3. */
let aws: Server;
let gate: RequestGate;
let folder: string;
let env: NodeJS.ProcessEnv;
let outputs: Readonly<Record<string, string>>;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	outputs = await deployStack(aws.endpoint);
	gate = await openGate(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-relay-'));
	env = { ...process.env, ...localSettings(gate.endpoint, outputs) };
	dynamodb = new DynamoDBClient();
}, 600_000);
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
	if (folder) await rm(folder, { recursive: true });
});

const relay = (...flags: readonly string[]) => [
	'orders',
	'relay',
	'--position',
	join(folder, 'position.json'),
	...flags,
];
const put = (orderid: string, quantity: number) =>
	dynamodb.send(
		new PutItemCommand({
			TableName: 'OrderTable',
			Item: {
				orderid: { S: orderid },
				product_name: { S: 'Laptop' },
				quantity: { N: String(quantity) },
				price: { N: '429.99' },
			},
		}),
	);
const delivered = async () =>
	(await deliveredLines(outputs.ShoplakeBucket ?? '', 'bronze/live_orders/')).map(
		(line) => JSON.parse(line) as Record<string, unknown>,
	);

test('an order that is put, changed and deleted becomes two transformed lines in the lake', async () => {
	await put('7421', 3);
	await put('7421', 4);
	await dynamodb.send(new DeleteItemCommand({ TableName: 'OrderTable', Key: { orderid: { S: '7421' } } }));
	expect(await runResult(env, ...relay('--once'))).toMatchObject({ status: 'relayed', relayed: 3 });
	const line = { orderid: '7421', product_name: 'Laptop', price: 429.99, event_id: expect.any(String) };
	const lines = (await delivered()).sort((a, b) => Number(a.quantity) - Number(b.quantity));
	expect(lines).toEqual([
		{ ...line, quantity: 3, event_type: 'INSERT', event_time: expect.any(Number) },
		{ ...line, quantity: 4, event_type: 'MODIFY', event_time: expect.any(Number) },
	]);
	expect(new Set(lines.map(({ event_id }) => event_id)).size).toBe(2);
});

test('a completed relay resumes after what it has relayed', async () => {
	expect(await runResult(env, ...relay('--once'))).toMatchObject({ relayed: 0 });
	await put('0001', 1);
	expect(await runResult(env, ...relay('--once'))).toMatchObject({ relayed: 1 });
});

test.each([
	['before Kinesis has them', 'before' as const, 1],
	['after Kinesis has them, before its position is saved', 'after' as const, 2],
])('a relay killed %s loses nothing: every change is in the lake, some perhaps twice', async (_, moment, quantity) => {
	const before = new Set((await delivered()).map(({ event_id }) => event_id));
	for (let order = 0; order < 20; order++) await put(String(1000 + order), quantity);
	const killed = startCli(env, ...relay('--once'));
	// Table, stream, iterator, records, and then the put.
	gate.at(5, moment, () => killed.kill('SIGKILL'));
	expect((await killed.ended).code).toBeNull();
	gate.open();
	expect(await runResult(env, ...relay('--once'))).toMatchObject({ relayed: 20 });
	const ids = (await delivered()).map(({ event_id }) => event_id).filter((id) => !before.has(id));
	expect(new Set(ids).size).toBe(20);
	expect(ids).toHaveLength(moment === 'after' ? 40 : 20);
});

test('a relay stopped by a signal saves its position', async () => {
	const running = startCli(env, ...relay());
	await put('0002', 1);
	await until(delivered, (lines) => lines.some(({ orderid }) => orderid === '0002'));
	running.kill('SIGTERM');
	expect(await running.ended).toMatchObject({ code: 143, result: { status: 'terminated', relayed: 1 } });
	expect(JSON.parse(await readFile(join(folder, 'position.json'), 'utf8'))).toMatchObject({ format: 1 });
	expect(await runResult(env, ...relay('--once'))).toMatchObject({ relayed: 0 });
});

test('errors name a missing table, or a table without a stream', async () => {
	expect(await runCli(env, ...relay('--once', '--table', 'Orders'))).toMatchObject({
		code: 78,
		stderr: expect.stringContaining("no table Orders here. Run 'shoplake local up'"),
	});
	expect(await runCli(env, ...relay('--once', '--table', 'Products'))).toMatchObject({
		code: 78,
		stderr: expect.stringContaining('Table Products has no stream'),
	});
});

test('events posted to the API are validated by the deployed function and delivered', async () => {
	const event = { event_type: 'product_view', user_id: 'u1', product_id: 'p1', event_time: '2026-11-20T10:00:00Z' };
	const response = await fetch(`${aws.endpoint}/_aws/execute-api/${outputs.ShoplakeEventsApi}/$default/events`, {
		method: 'POST',
		body: JSON.stringify([
			{ event_id: 'e1', ...event },
			{ event_id: 'e2', ...event, user_id: '' },
		]),
	});
	expect(response.status).toBe(400);
	expect(await response.json()).toMatchObject({
		ids: ['e1'],
		errors: [{ record: 1, event_id: 'e2', rule: 'missing', field: 'user_id' }],
	});
	const lines = await deliveredLines(outputs.ShoplakeBucket ?? '', 'bronze/live_events/');
	expect(lines.map((line) => JSON.parse(line))).toEqual([{ event_id: 'e1', ...event }]);
});
