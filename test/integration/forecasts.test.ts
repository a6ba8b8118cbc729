import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../tasks/context';
import { loadForecasts } from '../../tasks/pipeline/serving';
import { deployLake, lakeContext } from '../support/aws-lake';
import { startDynamoDbLocal } from '../support/dynamodb-local';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { publish } from '../support/publish';
import type { Server } from '../support/server';

const servers: Server[] = [];
let dynamodb: DynamoDBClient;
let context: TaskContext;
let dispose: () => Promise<void>;

const inventory = (forecasts: Record<string, number>) => ({
	gold_inventory_health: {
		rows: Object.entries(forecasts)
			.map(
				([id, forecast]) =>
					`select '${id}' as product_id, 'Lamp' as name, 'Home' as category, 1 as current_stock, 0 as units_7d, 0 as units_30d, 0 as daily_demand, null as days_of_cover, ${forecast} as forecasted_demand, 'idle' as status`,
			)
			.join(' union all '),
	},
});
const seed = (id: string, more = {}) =>
	dynamodb.send(
		new PutItemCommand({
			TableName: 'Products',
			Item: { product_id: { S: id }, current_stock: { N: '7' }, forecasted_demand: { N: '0' }, ...more },
		}),
	);
const load = (options = {}) => loadForecasts(context.step('load-kpis'), options);

/** Each item as it is. */
async function items(): Promise<Record<string, unknown>> {
	const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'Products' }));
	return Object.fromEntries(
		Items.map(({ product_id, ...rest }) => [
			product_id?.S,
			Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.N ?? value.S])),
		]),
	);
}

beforeAll(async () => {
	const aws = await startMiniStack();
	servers.push(aws);
	useEndpoint(aws.endpoint);
	const local = await startDynamoDbLocal();
	servers.push(local);
	process.env.AWS_ENDPOINT_URL_DYNAMODB = local.endpoint;
	dynamodb = new DynamoDBClient();
	({ context, dispose } = lakeContext('load-kpis', await deployLake('lake')));
}, 600_000);
afterAll(async () => {
	await dispose();
	for (const server of servers) await server.stop();
	delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
});

test('forecasts are written to existing products, and nothing else changes', async () => {
	await expect(load()).rejects.toMatchObject({ exitCode: 66 });
	await publish(context, inventory({ p1: 12, p2: 0, p9: 4 }));
	await expect(load()).rejects.toMatchObject({ exitCode: 78, message: expect.stringContaining('no table Products') });

	await dynamodb.send(
		new CreateTableCommand({
			TableName: 'Products',
			BillingMode: 'PAY_PER_REQUEST',
			AttributeDefinitions: [{ AttributeName: 'product_id', AttributeType: 'S' }],
			KeySchema: [{ AttributeName: 'product_id', KeyType: 'HASH' }],
		}),
	);
	await seed('p1', { product_name: { S: 'Lamp' } });
	await seed('p2');
	await seed('other', { forecasted_demand: { N: '5' } });

	expect(await load({ dryRun: true })).toEqual({ forecasts: 3, updated: 1, untouched: 1 });
	expect(await load()).toEqual({ forecasts: 3, updated: 1, untouched: 1 });
	const loaded = {
		p1: { current_stock: '7', forecasted_demand: '12', product_name: 'Lamp' },
		p2: { current_stock: '7', forecasted_demand: '0' },
		other: { current_stock: '7', forecasted_demand: '5' },
	};
	expect(await items()).toEqual(loaded);

	expect(await load()).toEqual({ forecasts: 3, updated: 0, untouched: 1 });
	expect(await items()).toEqual(loaded);
	await publish(context.step('aggregate'), inventory({ p1: 13, p2: 0 }));
	expect(await load()).toMatchObject({ updated: 1 });
});
