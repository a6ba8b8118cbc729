import { datasets, productContracts } from '../../../../tasks/contracts';
import { verifyLake } from '../../../../tasks/operations/verify';
import { rebuild, retype } from '../../../../tasks/pipeline';
import { downgradeBronze } from '../../../support/ndjson-bronze';
import { readStoredRecords } from '../../../support/stored-records';
import { line, order, product, ShopLake } from '../silver/shop-lake';
import { ingestFiles } from './ingest-files';

const first = '2026-11-20';
const second = '2026-11-21';
const products = [product('p1')];

/** The formats of the batches that the newest ledger has in Bronze. */
const formats = (lake: ShopLake) =>
	lake.process(async (context) => {
		const { ingested } = await (await (await context.lake()).newest()).ledger();
		return Object.values(ingested).flatMap((versions) => Object.values(versions).map(({ format }) => format));
	});

describe('a lake whose Bronze is NDJSON of an earlier version', () => {
	async function olderLake(): Promise<ShopLake> {
		const lake = new ShopLake();
		const orders = [order('o1', { total_amount: 12.5 }), order('o2', { note: 'ü' }), order('o3', { status: 'lost' })];
		await lake.ingest(first, { orders, order_items: [line('o1', 1), line('o2', null)], products });
		await lake.process(downgradeBronze);
		return lake;
	}

	it('is admitted and continued', async () => {
		const lake = await olderLake();
		await lake.clean(first);
		await lake.admit({ [second]: { orders: [order('o1', { order_date: second })] } });
		expect(await lake.state()).toMatchObject({
			orders: [
				{ order_id: 'o2', order_date: first },
				{ order_id: 'o1', order_date: second },
			],
			order_items: [{ order_id: 'o1', order_date: second }, { order_id: 'o2' }],
		});
		expect((await formats(lake)).filter((format) => format === 2)).toHaveLength(1);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
	});

	it('is converted by retyping: Silver, accounts and places of the records stay', async () => {
		const lake = await olderLake();
		await lake.clean(first);
		const before = { state: await lake.state(), accounts: await lake.accounts() };
		const names = [`orders/${first}`, `order_items/${first}`, `products/${first}`];
		expect(await lake.process((context) => retype(context, { dryRun: true }))).toEqual(names);
		expect(await lake.process(retype)).toEqual(names);
		expect(await formats(lake)).toEqual([2, 2, 2]);
		expect({ state: await lake.state(), accounts: await lake.accounts() }).toEqual(before);
		const { partitions } = await lake.process((context) => rebuild(context, undefined));
		expect(partitions?.filter((partition) => !partition.startsWith('gold_'))).toEqual([]);
		expect(await lake.process(retype)).toEqual([]);
	});
});

describe('a contract that has changed', () => {
	afterEach(() => jest.restoreAllMocks());

	it('types records again from their texts: some leave quarantine, others go there', async () => {
		const lake = new ShopLake();
		const orders = [order('o1'), order('o2', { status: 'lost' }), order('o3', { total_amount: '12' })];
		await lake.admit({ [first]: { orders, products } });
		expect(await lake.rows('silver_orders')).toMatchObject([{ order_id: 'o1' }, { order_id: 'o3' }]);

		const { fields, version } = datasets.orders;
		jest.replaceProperty(productContracts.datasets.orders, 'version', (version + 1) as never);
		jest.replaceProperty(productContracts.datasets.orders, 'fields', {
			...fields,
			status: { ...fields.status, oneOf: ['pending', 'lost'] },
			total_amount: { ...fields.total_amount, atMost: 11 },
		} as never);
		expect(await lake.process(retype)).toEqual([`orders/${first}`]);
		expect(await lake.rows('silver_orders')).toMatchObject([{ order_id: 'o1' }, { order_id: 'o2', status: 'lost' }]);
		expect((await lake.labels())[`orders ${first}`]).toEqual({ received: 3, kept: 2, rejected: 1 });
	});

	it('gives a new field the values that the records had all along', async () => {
		const lake = new ShopLake();
		await lake.admit({ [first]: { orders: [order('o1', { coupon: 'X' }), order('o2')], products } });
		const { fields } = datasets.orders;
		const coupon = { type: 'string', required: false, description: 'The coupon.' };
		jest.replaceProperty(productContracts.datasets.orders, 'fields', { ...fields, coupon } as never);
		expect(await lake.process(retype)).toEqual([`orders/${first}`]);
		const bronze = await lake.process((context) => readStoredRecords(context, lake.store, 'bronze'));
		const coupons = bronze.filter(({ order_id }) => order_id).map((record) => [record.order_id, record.coupon]);
		expect(coupons).toEqual(
			expect.arrayContaining([
				['o1', 'X'],
				['o2', null],
			]),
		);
	});

	it('leaves a withdrawn batch out of Silver, and types it for when it is admitted', async () => {
		const lake = new ShopLake();
		await lake.admit({ [first]: { orders: [order('o1')], products }, [second]: { orders: [order('o2')] } });
		await lake.withdraw(second);
		jest.replaceProperty(productContracts.datasets.orders, 'version', (datasets.orders.version + 1) as never);
		expect(await lake.process(retype)).toEqual([`orders/${first}`, `orders/${second}`]);
		expect(await lake.rows('silver_orders')).toMatchObject([{ order_id: 'o1' }]);
		await lake.clean(second);
		expect(await lake.rows('silver_orders')).toMatchObject([{ order_id: 'o1' }, { order_id: 'o2' }]);
	});

	it('types again what came with semicolons, in UTF-16 or as a JSON list; every record keeps its place', async () => {
		const lake = new ShopLake();
		const csv = 'order_id;user_id;order_date;total_amount;status\no1;Zoë;2026-11-20;10.00;pending\no2;u2;x;1;lost\n';
		const files = {
			'orders-1.csv': Buffer.from(`\ufeff${csv}`, 'utf16le'),
			'orders-2.json': `[${JSON.stringify(order('o3'))},\n\n ${JSON.stringify(order('o4'), null, 1)}, 7]`,
		};
		await ingestFiles(files, {}, lake.store);
		const records = () => lake.process((context) => readStoredRecords(context, lake.store, 'bronze'));
		const before = await records();
		expect(before.map(({ _file, _line, order_id }) => [_file, _line, order_id])).toEqual([
			[0, 2, 'o1'],
			[1, 1, 'o3'],
			[1, 3, 'o4'],
		]);
		jest.replaceProperty(productContracts.datasets.orders, 'version', (datasets.orders.version + 1) as never);
		expect(await lake.process(retype)).toEqual([`orders/${first}`]);
		expect(await records()).toEqual([...before, ...before]);
	});
});
