import { Readable } from 'node:stream';
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeCatalogue, type Product } from '../../../../tasks/generate';
import { seedProducts } from '../../../../tasks/pipeline/serving';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const seed = 'shop';
const { products } = makeCatalogue(seed);
type Item = Record<string, AttributeValue>;

/** A DynamoDB table behind the SDK's client. The answer about a product in `losesNextAnswer` is lost once, after the put. */
function createTable() {
	const items = new Map<string, Item>();
	const losesNextAnswer = new Set<string>();
	const handle = async ({ body }: { body: Uint8Array }) => {
		const { Item } = JSON.parse(new TextDecoder().decode(body)) as { Item: Item };
		const key = Item.product_id?.S ?? '';
		const found = items.get(key);
		if (!found) items.set(key, storedItem(Item));
		if (losesNextAnswer.delete(key)) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
		const refusal = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: found };
		const text = JSON.stringify(found ? refusal : {});
		const headers = { 'content-type': 'application/x-amz-json-1.0' };
		return { response: { statusCode: found ? 400 : 200, headers, body: Readable.from([Buffer.from(text)]) } };
	};
	const client = new DynamoDBClient({
		region: 'eu-west-1',
		credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
		requestHandler: { handle } as never,
	});
	return {
		items,
		losesNextAnswer,
		/** Seeds the table as a process of its own would. */
		seed: async () => {
			const { context, dispose } = testContext({ store: new MemoryStore() });
			const aws = { ...context.aws, meter: context.aws.meter, dynamodb: async () => client };
			try {
				return await seedProducts({ ...context, aws }, { table: 'Products', seed, dryRun: false });
			} finally {
				await dispose();
			}
		},
	};
}

/** DynamoDB stores numbers without trailing zeros. */
const storedItem = (item: Item): Item =>
	Object.fromEntries(
		Object.entries(item).map(([name, value]) => [name, value.N === undefined ? value : { N: String(Number(value.N)) }]),
	);

test('an item whose answer was lost counts as written, and a second run writes nothing', async () => {
	const table = createTable();
	for (const { id } of products.slice(0, 10)) table.losesNextAnswer.add(id);
	expect(await table.seed()).toMatchObject({ status: 'published', written: products.length });
	expect(table.losesNextAnswer.size).toBe(0);
	expect(await table.seed()).toMatchObject({ status: 'unchanged', written: 0 });
});

test('an item of another run does not count as written, even where the answer about it was lost', async () => {
	const table = createTable();
	const [{ id }] = products as [Product];
	const other = { product_id: { S: id }, current_stock: { N: '501' } };
	table.items.set(id, other);
	table.losesNextAnswer.add(id);
	expect(await table.seed()).toMatchObject({ status: 'published', written: products.length - 1 });
	expect(table.items.get(id)).toEqual(other);
});
