import {
	type AttributeValue,
	CreateTableCommand,
	DynamoDBClient,
	paginateScan,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { buildCli, runCli, runResult, startCli } from '../support/cli';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';

let aws: Server;
let gate: RequestGate;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	gate = await openGate(aws.endpoint);
	dynamodb = new DynamoDBClient();
	await createTable('OrderTable', 'orderid');
	await createTable('Products', 'product_id');
});
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
});

const env = () => ({ ...process.env, AWS_ENDPOINT_URL: gate.endpoint, SHOPLAKE_BUCKET: 'none' });

const createTable = (TableName: string, key: string) =>
	dynamodb.send(
		new CreateTableCommand({
			TableName,
			BillingMode: 'PAY_PER_REQUEST',
			AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
			KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
		}),
	);

async function readItems(TableName: string): Promise<Record<string, AttributeValue>[]> {
	const items: Record<string, AttributeValue>[] = [];
	for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) items.push(...Items);
	return items;
}

test('orders come until a signal, each in the table and in the log', async () => {
	const running = startCli(env(), 'orders', 'produce', '--interval', '20ms');
	await new Promise<void>((resolve) => gate.at(25, 'after', resolve));
	running.kill('SIGTERM');
	const { code, result, stderr } = await running.ended;
	gate.open();
	expect(code).toBe(143);
	expect(result).toMatchObject({ task: 'orders produce', status: 'terminated' });
	expect(result.orders).toBeGreaterThanOrEqual(24);
	expect(stderr.match(/"message":"Order \d{4}: /g)).toHaveLength(Number(result.orders));
	for (const item of await readItems('OrderTable')) {
		expect(item).toEqual({
			orderid: { S: expect.stringMatching(/^\d{4}$/) },
			product_name: { S: expect.stringMatching(/^(Laptop|Phone|Tablet|Headphones|Charger|Smartwatch)$/) },
			quantity: { N: expect.stringMatching(/^([1-9]|10)$/) },
			price: { N: expect.stringMatching(/^\d{2,3}(\.\d{1,2})?$/) },
		});
	}
});

test('orders come until a count, into the table that is named', async () => {
	await createTable('OtherOrders', 'orderid');
	const flags = ['--count', '5', '--interval', '1ms', '--table', 'OtherOrders', '--region', 'us-east-1'];
	expect(await runResult(env(), 'orders', 'produce', ...flags)).toMatchObject({ status: 'produced', orders: 5 });
	expect((await readItems('OtherOrders')).length).toBeGreaterThan(0);
	const elsewhere = await runCli(env(), 'orders', 'produce', ...flags.slice(0, -1), 'eu-west-1');
	expect(elsewhere.code).toBe(78);
	expect(elsewhere.result.error).toContain('DynamoDB has no table OtherOrders here.');
});

test('the catalogue is written, also where an earlier run was killed, and no stock is changed again', async () => {
	const first = startCli(env(), 'products', 'seed');
	gate.at(200, 'after', () => first.kill('SIGKILL'));
	expect((await first.ended).code).toBeNull();
	gate.open();
	const begun = await readItems('Products');
	expect(begun.length).toBeGreaterThanOrEqual(190);
	expect(begun.length).toBeLessThan(600);
	await dynamodb.send(
		new UpdateItemCommand({
			TableName: 'Products',
			Key: { product_id: begun[0]?.product_id as AttributeValue },
			UpdateExpression: 'set current_stock = :sold',
			ExpressionAttributeValues: { ':sold': { N: '-1' } },
		}),
	);

	const stocks = (items: typeof begun) =>
		Object.fromEntries(items.map(({ product_id, current_stock }) => [product_id?.S ?? '', current_stock?.N]));
	const expected = { ...stocks(begun), [begun[0]?.product_id?.S ?? '']: '-1' };
	expect(await runResult(env(), 'products', 'seed')).toMatchObject({
		status: 'published',
		products: 600,
		written: 600 - begun.length,
	});
	const all = await readItems('Products');
	expect(all).toHaveLength(600);
	expect(stocks(all)).toMatchObject(expected);
	for (const item of all) {
		const { rating, ...others } = item;
		expect(others).toEqual({
			product_id: { S: expect.stringMatching(/^P\d{5}$/) },
			product_name: { S: expect.any(String) },
			category: { S: expect.any(String) },
			price: { N: expect.stringMatching(/^\d+(\.\d{1,2})?$/) },
			current_stock: { N: expect.stringMatching(/^(-1|\d{1,3})$/) },
			forecasted_demand: { N: '0' },
		});
		if (rating) expect(Number(rating.N)).toBeGreaterThanOrEqual(0);
	}
	expect(new Set(Object.values(stocks(all))).size).toBeGreaterThan(50);

	expect(await runResult(env(), 'products', 'seed')).toMatchObject({ status: 'unchanged', written: 0 });
	expect(stocks(await readItems('Products'))).toEqual(stocks(all));
	const missing = await runCli(env(), 'products', 'seed', '--products-table', 'Nowhere');
	expect(missing.code).toBe(78);
	expect(missing.result.error).toContain('DynamoDB has no table Nowhere here.');
});
