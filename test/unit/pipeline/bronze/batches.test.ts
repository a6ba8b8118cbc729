import { datasetNames } from '../../../../tasks/contracts';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { type Files, ingestFiles, ingestRefusal, orderLine } from './ingest-files';

const good = orderLine();
const bad = orderLine({ status: '"gone"' });
const worse = orderLine({ user_id: 'null' });

test('too many rejected records refuse the whole batch', async () => {
	const orders = [...Array(17).fill(good), bad, worse, bad].join('\n');
	const product = '{"product_id":"p1","category":"c","name":"n","price":1}';
	expect(await ingestRefusal({ 'orders.ndjson': orders, 'products.ndjson': product }, { maxRejected: 0.05 })).toEqual({
		exitCode: 65,
		message: [
			'Batch 2026-11-20: 3 of 20 records of orders break their contract (15 %; the limit is 5 %). Nothing of the batch is published. The first of each rule:',
			"  orders.ndjson line 18: enum: status is 'gone', not one of pending, completed, returned, cancelled",
			'  orders.ndjson line 19: missing: user_id is absent or empty',
			`All of them: echo "select * from lake_refused where dataset = 'orders' and batch = '2026-11-20'" | shoplake query -`,
			'Fix the source, or raise --max-rejected if so many rejected records are expected.',
		].join('\n'),
		stored: [expect.stringMatching(/^refused\/orders\/batch=2026-11-20\/\d{8}T\d{9}Z-[0-9a-f]{12}\.ndjson\.zst$/)],
	});
	const { outcome } = await ingestFiles({ 'orders.ndjson': orders, 'products.ndjson': product }, { maxRejected: 0.15 });
	expect(outcome).toMatchObject({ status: 'published', received: 21, rejected: 3 });
});

test('the share is that of each dataset', async () => {
	const files = {
		'orders.ndjson': Array(99).fill(good).join('\n'),
		'products.ndjson': '{"product_id":"p1","category":"c","name":"n","price":-1}',
	};
	expect(await ingestRefusal(files, { maxRejected: 0.05 })).toMatchObject({
		message: expect.stringContaining('1 of 1 records of products break their contract (100 %; the limit is 5 %)'),
	});
});

test.each<[string, Files, number, string]>([
	[
		'does not say what a file holds',
		{ 'bestellungen.ndjson': good },
		64,
		`in/bestellungen.ndjson: its name does not say what it holds. Name it ${datasetNames.map((name) => `${name}*`).join(', ')}, or give --dataset.`,
	],
	[
		'has no known ending',
		{ 'orders.txt': good },
		66,
		'in holds no file to ingest: none ends in .ndjson, .jsonl, .json, .csv, .tsv, .parquet or .xlsx, plain or .gz. There is in/orders.txt.',
	],
])('a name that %s is refused', async (_, files, exitCode, message) => {
	expect(await ingestRefusal(files)).toEqual({ exitCode, message, stored: [] });
});

test('the dataset can be given', async () => {
	const { outcome } = await ingestFiles(
		{ 'bestellungen.jsonl': good, 'order_items.json': good },
		{ dataset: 'orders' },
	);
	expect(outcome).toMatchObject({ received: 2, datasets: [{ dataset: 'orders', received: 2 }] });
});

test('of what landed, one dataset can be taken', async () => {
	const store = new MemoryStore();
	await store.putText('landing/orders/batch=2026-11-20/part-1.ndjson', good);
	await store.putText('landing/orders/batch=2026-11-20/_READY', '');
	await store.putText('landing/products/batch=2026-11-20/part-1.ndjson', '{"product_id":"p1"}');
	const { context, dispose } = testContext({ store });
	const ingest = (dataset: 'orders' | 'events') =>
		ingestBatch(context, { batch: '2026-11-20', maxRejected: 0, dataset });

	expect(await ingest('orders')).toMatchObject({ datasets: [{ dataset: 'orders', received: 1 }] });
	await expect(ingest('events')).rejects.toThrow(
		/^Batch 2026-11-20 has no files under s3:\/\/lake\/landing\/events\/batch=2026-11-20\/\./,
	);
	await dispose();
});

test.each([
	['', 'starts with a letter'],
	['a/b', 'letters, digits'],
	['../x', 'letters, digits'],
	['x'.repeat(129), 'at most 128'],
])('batch id %j is refused', async (batch, why) => {
	expect(await ingestRefusal({ 'orders.ndjson': good }, { batch })).toMatchObject({
		exitCode: 64,
		message: expect.stringContaining(why),
	});
});

/** The as-of that ingesting a batch gives its orders, and what the task says of it. */
async function ingestOrders(store: MemoryStore, line: string, options: { batch?: string; asOf?: string } = {}) {
	const { outcome } = await ingestFiles({ 'orders.ndjson': line }, options, store);
	const [{ as_of }] = outcome.datasets as [{ as_of: string }];
	return [outcome.status, as_of];
}

test('a batch keeps its as-of when it is ingested again, unless a new one is given', async () => {
	const store = new MemoryStore();
	const [midnight, noon] = ['2026-11-20T00:00:00.000Z', '2026-11-20T12:00:00.000Z'];
	expect(await ingestOrders(store, good)).toEqual(['published', midnight]);
	expect(await ingestOrders(store, good)).toEqual(['unchanged', midnight]);
	expect(await ingestOrders(store, good, { asOf: '2026-11-20T14:00:00+02:00' })).toEqual(['published', noon]);
	expect(await ingestOrders(store, good)).toEqual(['unchanged', noon]);
	expect(await ingestOrders(store, orderLine({ order_id: '"o2"' }))).toEqual(['published', noon]);
	expect(await ingestOrders(store, good, { asOf: '2026-11-20' })).toEqual(['published', midnight]);
});

test('without a date in its id a batch is of the instant of its first ingestion', async () => {
	const store = new MemoryStore();
	const [, first] = await ingestOrders(store, good, { batch: 'late' });
	expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	expect(await ingestOrders(store, orderLine({ order_id: '"o2"' }), { batch: 'late' })).toEqual(['published', first]);
	expect(await ingestOrders(store, good, { batch: '2026-02-30' })).not.toEqual([
		'published',
		'2026-02-30T00:00:00.000Z',
	]);
});

test('the as-of belongs to the dataset of the batch', async () => {
	const store = new MemoryStore();
	await ingestOrders(store, good, { asOf: '2026-11-21' });
	const product = '{"product_id":"p1","category":"c","name":"n","price":1}';
	const { outcome } = await ingestFiles({ 'products.ndjson': product, 'orders.ndjson': good }, {}, store);
	expect(outcome.datasets).toMatchObject([
		{ dataset: 'orders', as_of: '2026-11-21T00:00:00.000Z' },
		{ dataset: 'products', as_of: '2026-11-20T00:00:00.000Z' },
	]);
});

test('an as-of that is none is refused', async () => {
	for (const asOf of [
		'yesterday',
		'2026-13-01',
		'20261120',
		'2026-02-30',
		'2026-02-30T10:00:00Z',
		'2026-11-20T25:00Z',
	]) {
		expect(await ingestRefusal({ 'orders.ndjson': good }, { asOf })).toEqual({
			exitCode: 64,
			message: `--as-of '${asOf}' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).`,
			stored: [],
		});
	}
});

test('the last date that there is is an as-of like any other', async () => {
	for (const batch of ['9999-12-31', 'b']) {
		const options = batch === 'b' ? { batch, asOf: '9999-12-31T23:59:59Z' } : { batch };
		const { quarantine } = await ingestFiles({ 'orders.ndjson': orderLine({ order_date: '"9999-12-31"' }) }, options);
		expect(quarantine).toEqual([]);
	}
});

test('a new order of the files is a new version', async () => {
	const store = new MemoryStore();
	const [first, second] = [orderLine({ status: '"completed"' }), good];
	const status = async (files: Files) => (await ingestFiles(files, {}, store)).outcome.status;
	expect(await status({ 'orders-1.ndjson': first, 'orders-2.ndjson': second })).toBe('published');
	expect(await status({ 'orders-2.ndjson': first, 'orders-1.ndjson': second })).toBe('published');
	expect(await status({ 'orders-1.ndjson': second, 'orders-2.ndjson': first })).toBe('unchanged');
});
