import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	type AttributeValue,
	BatchWriteItemCommand,
	DynamoDBClient,
	type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { localSettings } from '../../tasks/local/settings';
import { buildCli, runCli, startLong } from '../support/cli';
import { deliveredKeys } from '../support/delivered';
import { DeployedFunctions } from '../support/deployed-functions';
import { deployStack } from '../support/deployed-stack';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import { isWholeLoad } from '../support/whole-load';

/**
 * Both streams end to end as deployed: 10,000 live orders and 50,000 events (or a tenth of them) with copies, bad records
 * and late ones, while the relay and the producer are killed; sealed twice, once in the middle.
 */
const orders = isWholeLoad ? 10_000 : 1000;
const events = isWholeLoad ? 50_000 : 5000;
const minutes = 10;

let aws: Server;
let gate: RequestGate;
let folder: string;
let env: NodeJS.ProcessEnv;
let bucket: string;

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	const outputs = await deployStack(aws.endpoint);
	bucket = outputs.ShoplakeBucket ?? '';
	gate = await openGate(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-streams-'));
	env = { ...process.env, ...localSettings(gate.endpoint, outputs) };
}, 600_000);
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
	if (folder) await rm(folder, { recursive: true });
});

/** Runs a long command to its end. */
async function long(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
	const { code, result, stderr } = await startLong(minutes, env, ...args).ended;
	if (code !== 0) throw new Error(`shoplake ${args.join(' ')} ends with exit code ${code}:\n${stderr}`);
	return result;
}

/** Starts a command and kills it at one of its requests. */
async function killedAt(request: number, ...args: readonly string[]): Promise<void> {
	const running = startLong(minutes, env, ...args);
	gate.at(request, 'after', () => running.kill('SIGKILL'));
	const { code } = await running.ended;
	gate.open();
	expect(code).toBeNull();
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
	const file = join(folder, 'query.sql');
	await writeFile(file, sql);
	const { stdout, code, stderr } = await runCli(env, 'query', file, '--format', 'json');
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout);
}

/** How many hours the oldest object has waited to be sealed, by the function that the alarm asks. */
async function measureUnsealed(): Promise<number> {
	const functions = new DeployedFunctions(aws.endpoint);
	const [name = ''] = (await functions.list()).filter((one) => one.includes('UnsealedMeasure'));
	return (await functions.invoke<{ readonly hours: number }>(name, {})).hours;
}

/** Puts orders: nearly all are good, 100 of them change, 100 are deleted, and 100 more are bad. */
async function putOrders(): Promise<void> {
	const dynamodb = new DynamoDBClient();
	const item = (number: number, quantity: AttributeValue): WriteRequest => ({
		PutRequest: {
			Item: {
				orderid: { S: String(number).padStart(4, '0') },
				product_name: { S: ['Laptop', 'Phone', 'Tablet'][number % 3] ?? '' },
				quantity,
				price: { N: '429.99' },
			},
		},
	});
	const good = Array.from({ length: orders - 200 }, (_, number) => item(number, { N: '1' }));
	const changed = Array.from({ length: 100 }, (_, number) => item(number, { N: '2' }));
	const bad = Array.from({ length: 100 }, (_, number) => item(orders - 200 + number, { S: 'many' }));
	const deleted = Array.from({ length: 100 }, (_, number) => ({
		DeleteRequest: { Key: { orderid: { S: String(500 + number).padStart(4, '0') } } },
	}));
	const writes = [...good, ...changed, ...bad, ...deleted];
	for (let start = 0; start < writes.length; start += 25) {
		const RequestItems = { OrderTable: writes.slice(start, start + 25) };
		const { UnprocessedItems = {} } = await dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
		expect(UnprocessedItems).toEqual({});
	}
}

/** Files of events: a tenth of them of earlier days, 500 of them twice, and 200 lines that are not events. */
async function writeEvents(): Promise<string> {
	const source = join(folder, 'events');
	await mkdir(source);
	const line = (number: number) => {
		const day = number % 10 === 0 ? `2026-11-0${1 + ((number / 10) % 9)}` : '2026-11-20';
		const type = ['product_view', 'add_to_cart', 'purchase'][number % 3];
		return JSON.stringify({
			event_id: `e${number}`,
			event_type: type,
			user_id: `u${number % 500}`,
			product_id: `p${number % 50}`,
			event_time: `${day}T10:00:00Z`,
		});
	};
	const bad = [
		'{"event_id": "cut',
		'{"event_id":"x1","event_type":"stroll","user_id":"u","product_id":"p","event_time":"2026-11-20"}',
	];
	const fileCount = 10;
	for (let file = 0; file < fileCount; file++) {
		const lines = Array.from({ length: events / fileCount }, (_, place) => line((file * events) / fileCount + place));
		const copies = lines.slice(0, 50);
		const wrong = Array.from({ length: 20 }, (_, place) => bad[place % 2] as string);
		await writeFile(join(source, `events-${file}.ndjson`), `${[...lines, ...copies, ...wrong].join('\n')}\n`);
	}
	return source;
}
const badLines = 200;

test(
	'every accepted record is in Silver exactly once, every bad one in quarantine with its reason, and the counts add up',
	async () => {
		const source = await writeEvents();
		const send = ['stream', 'send', '--source', source, '--checkpoint', join(folder, 'events.checkpoint.json')];
		const relay = ['orders', 'relay', '--once', '--position', join(folder, 'position.json')];

		await putOrders();
		// Table, stream, iterator, and then records and puts by turns.
		await killedAt(7, ...relay);
		await killedAt(events / 1250, ...send);
		// The killed producer's requests are still being delivered, and the emulator can't list keys meanwhile.
		while ((await startLong(minutes, env, 'stream', 'seal').ended).code === 75);
		await long('clean', '--sealed');

		// Part of it is in Silver before the rest is even delivered.
		const [early] = await rows('select count(*) as n from silver_events');
		expect(Number(early?.n)).toBeGreaterThan(0);
		expect(Number(early?.n)).toBeLessThan(events);

		await long(...relay);
		expect(await long(...send)).toMatchObject({ status: 'sent', failed: 0 });
		expect(await measureUnsealed()).toBeGreaterThan(0);
		const sealed = await long('stream', 'seal');
		expect(sealed.status).toBe('published');
		expect(sealed.tagged).toBeGreaterThanOrEqual(sealed.objects as number);
		expect(await measureUnsealed()).toBe(0);
		await long('clean', '--sealed');
		expect((await runCli(env, 'stream', 'seal')).code).toBe(66);

		const [silver] = await rows(
			`select (select count(*) from silver_events) as events, (select count(distinct event_id) from silver_events) as ids,
				(select count(*) from silver_events where event_date < date '2026-11-20') as late,
				(select count(*) from silver_gadget_sales) as changes,
				(select count(distinct event_id) from silver_gadget_sales) as change_ids,
				(select cast(sum(quantity) as bigint) from silver_gadget_sales) as units`,
		);
		const goodChanges = orders - 100;
		expect(silver).toEqual({
			events,
			ids: events,
			late: events / 10,
			changes: goodChanges,
			change_ids: goodChanges,
			units: orders - 200 + 2 * 100,
		});

		const quarantined = await rows(
			`select dataset, rule, count(distinct raw) as kinds, count(*) as records from lake_quarantine group by dataset, rule order by dataset, rule`,
		);
		expect(quarantined).toEqual([
			{ dataset: 'events', rule: 'enum', kinds: 1, records: expect.any(Number) },
			{ dataset: 'events', rule: 'unparsable', kinds: 1, records: expect.any(Number) },
			{ dataset: 'gadget_sales', rule: 'type', kinds: 100, records: expect.any(Number) },
		]);
		const badRecords = quarantined.slice(0, 2).reduce((sum, { records }) => sum + Number(records), 0);
		expect(badRecords).toBeGreaterThanOrEqual(badLines);

		// Every delivered record is accounted for, also those that killed processes delivered twice.
		const [books] = await rows(
			`select cast(sum(received) as bigint) as received, cast(sum(kept) as bigint) as kept,
				cast(sum(duplicates) as bigint) as duplicates, cast(sum(superseded) as bigint) as superseded,
				cast(sum(rejected) as bigint) as rejected
			 from lake_batches where dataset in ('events', 'gadget_sales')`,
		);
		// The emulator's Firehose writes an object a record.
		const delivered = await deliveredKeys(bucket, 'bronze/live_');
		const { received, kept, duplicates, superseded, rejected } = books as Record<string, number>;
		expect(received).toBe(delivered.length);
		expect(kept).toBe(events + goodChanges);
		expect(superseded).toBe(0);
		expect(Number(duplicates)).toBeGreaterThan(500);
		expect(Number(kept) + Number(duplicates) + Number(rejected)).toBe(received);

		await long('aggregate');
		const [funnel] = await rows(
			'select cast(sum(views + carts + purchases) as bigint) as events from gold_event_funnel',
		);
		expect(funnel).toEqual({ events });
	},
	3 * minutes * 60_000,
);
