import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../tasks/context';
import type { TableManifest } from '../../tasks/lake';
import { runBatch } from '../../tasks/pipeline';
import { loadKpis, planKpiLoad } from '../../tasks/pipeline/serving';
import { type AwsLake, createAwsLake, deployKpiTables, lakeContext } from '../support/aws-lake';
import { startDynamoDbLocal } from '../support/dynamodb-local';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { publish } from '../support/publish';
import type { Server } from '../support/server';

const categories = (date: string, figures: Record<string, string>) =>
	Object.entries(figures)
		.map(([name, revenue]) => `('${name}', ${revenue}, 12.50, 33.3333, '${date}')`)
		.join(', ');
const kpis = (...days: [date: string, figures: Record<string, string>, orders: number][]) => ({
	gold_category_kpis: {
		rows: `select * from (values ${days.map(([date, figures]) => categories(date, figures)).join(', ')})
			as kpis (category, daily_revenue, avg_order_value, avg_return_rate, order_date)`,
	},
	gold_order_kpis: {
		rows: `select * from (values ${days.map(([date, , orders]) => `(${orders}, 22.40, 3, 0.0000, 1, '${date}')`).join(', ')})
			as kpis (total_orders, total_revenue, total_items_sold, return_rate, unique_customers, order_date)`,
	},
});

let lakes = 0;

describe.each(['MiniStack', 'DynamoDB Local'])('on %s', (authority) => {
	const servers: Server[] = [];
	let dynamodb: DynamoDBClient;
	/** Every test has a lake and KPI tables of its own. */
	let lake: AwsLake;
	let context: TaskContext;
	let dispose: () => Promise<void>;

	/** The items of a table as `key: attribute=value …`, in order. */
	async function items(table: 'CategoryKPIs' | 'OrderKPIs'): Promise<string[]> {
		const lines = (await lake.items()).filter((line) => line.startsWith(`${table} `));
		return lines.map((line) => line.slice(table.length + 1));
	}
	const load = (options = {}) => loadKpis(context.step('load-kpis'), { kind: 'all' }, options);
	const twoDays = kpis(
		['2026-11-20', { Toys: '1234567890123456.78', Games: '9.90' }, 2],
		['2026-11-21', { Toys: '0.01' }, 1],
	);
	const loadTwoDays = async () => {
		await publish(context, twoDays);
		await load();
	};
	const categoryLine = (date: string, name: string, revenue: string) =>
		`${date} ${name}: avg_order_value=12.5 avg_return_rate=33.3333 daily_revenue=${revenue}`;

	beforeAll(async () => {
		const aws = await startMiniStack();
		servers.push(aws);
		useEndpoint(aws.endpoint);
		delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
		if (authority === 'DynamoDB Local') {
			const local = await startDynamoDbLocal();
			servers.push(local);
			process.env.AWS_ENDPOINT_URL_DYNAMODB = local.endpoint;
		}
		dynamodb = new DynamoDBClient();
	}, 600_000);
	beforeEach(async () => {
		lake = await createAwsLake(`kpis${++lakes}`);
		({ context, dispose } = lakeContext('load-kpis', lake.env));
	});
	afterEach(() => dispose());
	afterAll(async () => {
		for (const server of servers) await server.stop();
		delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
	});

	it('plans, then loads what Gold has, exact to the last digit', async () => {
		await publish(context, twoDays);
		expect(await load({ dryRun: true })).toMatchObject({
			status: 'planned',
			plan: [
				{ date: '2026-11-20', reason: 'never loaded' },
				{ date: '2026-11-21', reason: 'never loaded' },
			],
		});
		expect(await items('OrderKPIs')).toEqual([]);
		expect(await load()).toMatchObject({
			status: 'published',
			dates: 2,
			partitions: ['serving_kpis/2026-11-20', 'serving_kpis/2026-11-21'],
			put: 5,
			deleted: 0,
		});
		expect(await items('CategoryKPIs')).toEqual([
			categoryLine('2026-11-20', 'Games', '9.9'),
			categoryLine('2026-11-20', 'Toys', '1234567890123456.78'),
			categoryLine('2026-11-21', 'Toys', '0.01'),
		]);
		expect(await items('OrderKPIs')).toEqual([
			'2026-11-20: return_rate=0 total_items_sold=3 total_orders=2 total_revenue=22.4 unique_customers=1',
			'2026-11-21: return_rate=0 total_items_sold=3 total_orders=1 total_revenue=22.4 unique_customers=1',
		]);
	});

	it('asks DynamoDB for nothing where everything is current', async () => {
		await loadTwoDays();
		const before = context.aws.meter.byOperation()['DynamoDB.BatchWriteItem'];
		expect(await load()).toMatchObject({ status: 'unchanged', dates: 0, put: 0, deleted: 0 });
		expect(context.aws.meter.byOperation()['DynamoDB.BatchWriteItem']).toBe(before);
		expect(before).toBe(1);
	});

	it('deletes a category that vanished, and a date that lost its last order', async () => {
		await loadTwoDays();
		await publish(context, kpis(['2026-11-20', { Books: '5.00' }, 1]));
		await publish(context, {
			gold_category_kpis: { drop: ['2026-11-21'] },
			gold_order_kpis: { drop: ['2026-11-21'] },
		});
		expect(await load()).toMatchObject({ status: 'published', dates: 2, put: 2, deleted: 4 });
		expect(await items('CategoryKPIs')).toEqual([categoryLine('2026-11-20', 'Books', '5')]);
		expect(await items('OrderKPIs')).toEqual([
			'2026-11-20: return_rate=0 total_items_sold=3 total_orders=1 total_revenue=22.4 unique_customers=1',
		]);
		expect(await planKpiLoad(await (await context.lake()).newest(), { kind: 'all' })).toEqual([]);
	});

	it('keeps to event dates, and to the dates that hold records of a batch', async () => {
		await publish(context, kpis(['2026-11-20', { Books: '5.00' }, 1]));
		await load();
		await publish(
			context,
			kpis(['2026-11-22', { A: '1' }, 1], ['2026-11-23', { A: '1' }, 1], ['2026-11-24', { A: '1' }, 1]),
		);
		const entry = (batch: string) => ({
			version: `v-${batch}`,
			files: [],
			rows: 0,
			fingerprint: '',
			labels: { [batch]: { kept: 1, duplicates: 0, superseded: 0, orphans: 0 } },
		});
		const partitions = Object.fromEntries(
			['2026-11-20', '2026-11-22', '2026-11-23', '2026-11-24'].map((date) => [date, entry(date)]),
		);
		const records: TableManifest = { format: 1, table: 'records_orders', contract: 1, partitions };
		await (await context.lake()).transact(context.step('test').run, async () => ({
			tables: { records_orders: records },
		}));
		const step = () => context.step('load-kpis');
		const one = await loadKpis(step(), { kind: 'batch', batch: '2026-11-23' });
		expect(one.partitions).toEqual(['serving_kpis/2026-11-23']);
		const two = await loadKpis(step(), { kind: 'dates', from: '2026-11-23', to: '2026-11-24' });
		expect(two.partitions).toEqual(['serving_kpis/2026-11-24']);
		expect(await items('CategoryKPIs')).toEqual([
			categoryLine('2026-11-20', 'Books', '5'),
			categoryLine('2026-11-23', 'A', '1'),
			categoryLine('2026-11-24', 'A', '1'),
		]);
		expect((await load()).partitions).toEqual(['serving_kpis/2026-11-22']);
	});

	it('equals Gold after restatements and loads side by side', async () => {
		const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`C${index}`, `${index}.50`]));
		const restate = async (round: number) => {
			const figures = Object.fromEntries(Object.entries(many).filter((_, index) => index % 4 !== round % 4));
			await publish(context.step('aggregate'), kpis(['2026-12-01', figures, round]));
		};
		const others = [lakeContext('load-kpis', lake.env), lakeContext('load-kpis', lake.env)];
		await restate(0);
		await Promise.all([
			(async () => {
				for (let round = 1; round <= 5; round++) await restate(round);
			})(),
			load(),
			...others.map(({ context }) => loadKpis(context, { kind: 'all' })),
		]);
		// Where loads met, the date may have been left to the next one.
		await load();
		for (const { dispose } of others) await dispose();
		const expected = Object.entries(many).filter((_, index) => index % 4 !== 1);
		expect((await items('CategoryKPIs')).filter((line) => line.startsWith('2026-12-01'))).toEqual(
			expected.map(([name, revenue]) => categoryLine('2026-12-01', name, String(Number(revenue)))).sort(),
		);
		expect((await items('OrderKPIs')).filter((line) => line.startsWith('2026-12-01'))).toEqual([
			'2026-12-01: return_rate=0 total_items_sold=3 total_orders=5 total_revenue=22.4 unique_customers=1',
		]);
		expect(await planKpiLoad(await (await context.lake()).newest(), { kind: 'all' })).toEqual([]);
	});

	it('says what to do where the tables are missing, and fills them again with --full', async () => {
		await loadTwoDays();
		const before = await lake.items();
		const { SHOPLAKE_CATEGORY_KPIS_TABLE: categories, SHOPLAKE_ORDER_KPIS_TABLE: orders } = lake.env;
		for (const TableName of [categories, orders]) await dynamodb.send(new DeleteTableCommand({ TableName }));
		await expect(load({ full: true })).rejects.toMatchObject({
			message: expect.stringMatching(/^DynamoDB has no table .*KPIs here\. Deploy the stack/),
			exitCode: 78,
		});
		await deployKpiTables(dynamodb, `kpis${lakes}-`);
		expect(await load({ full: true })).toMatchObject({ status: 'published' });
		expect(await lake.items()).toEqual(before);
		expect(await load()).toMatchObject({ status: 'unchanged' });
	});

	it('loads the longest category that there can be, and leaves out a longer one until it is corrected', async () => {
		const longest = 'é'.repeat(1024);
		await publish(context, kpis(['2027-01-01', { [longest]: '1', [`${longest}!`]: '2' }, 1]));
		await expect(load()).rejects.toMatchObject({ exitCode: 65, message: expect.stringContaining('2027-01-01') });
		const own = async () => (await items('CategoryKPIs')).filter((line) => line.startsWith('2027-01-01'));
		expect(await own()).toEqual([categoryLine('2027-01-01', longest, '1')]);
		await publish(context, kpis(['2027-01-01', { [longest]: '1', Toys: '2' }, 1]));
		expect(await load()).toMatchObject({ status: 'published', put: 3, deleted: 0 });
		expect(await own()).toHaveLength(2);
	});

	it('deletes with --full what no load has written', async () => {
		await loadTwoDays();
		const before = await lake.items();
		const Item = { category: { S: 'Unknown' }, order_date: { S: '1999-01-01' } };
		await dynamodb.send(new PutItemCommand({ TableName: lake.env.SHOPLAKE_CATEGORY_KPIS_TABLE, Item }));
		expect(await load({ full: true })).toMatchObject({ status: 'published', deleted: 1 });
		expect(await lake.items()).toEqual(before);
	});

	it('loads the other dates of a run of which aggregate refuses one', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-run-'));
		const write = (dataset: string, records: readonly object[]) =>
			writeFile(join(folder, `${dataset}.ndjson`), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
		const lines = (quantity: number) =>
			[1, 2].map((line_number) => ({
				...{ order_id: 'bad', line_number, product_id: 'p1', quantity, unit_price: '9999999999.99' },
			}));
		await write('products', [{ product_id: 'p1', category: 'Lamps', name: 'Lamp', price: '1' }]);
		await write('orders', [
			{ order_id: 'good', user_id: 'u', order_date: '2026-10-01', total_amount: '1', status: 'pending' },
			{ order_id: 'bad', user_id: 'u', order_date: '2026-10-02', total_amount: '1', status: 'pending' },
		]);
		const good = { order_id: 'good', line_number: 1, product_id: 'p1', quantity: 1, unit_price: '1' };
		await write('order_items', [good, ...lines(1_000_000)]);
		const run = () => runBatch(context.step('run'), { batch: 'own', sources: [folder], maxRejected: 0 });
		await expect(run()).rejects.toMatchObject({
			exitCode: 65,
			message: expect.stringMatching(
				/\n2026-10-02: gold_daily_sales: amount of product_id "p1" is 19999999999980000\.00, .* \(records of batch own\)\./,
			),
			outcome: { steps: expect.arrayContaining([expect.objectContaining({ step: 'load-kpis', status: 'published' })]) },
		});
		const dates = async () =>
			(await items('OrderKPIs')).map((line) => line.slice(0, 10)).filter((date) => date.startsWith('2026-10'));
		expect(await dates()).toEqual(['2026-10-01']);
		await write('order_items', [good, ...lines(1)]);
		expect(await run()).toMatchObject({ status: 'published' });
		expect(await dates()).toEqual(['2026-10-01', '2026-10-02']);
		await rm(folder, { recursive: true });
	});
});
