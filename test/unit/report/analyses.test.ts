import { query } from '../../../tasks/query';
import type { MemoryLake } from '../../support/memory-lake';
import { GoldLake } from '../pipeline/gold/gold-lake';
import { event, line, order, product, silver } from '../pipeline/gold/silver-rows';
import { ShopLake, line as sentLine, order as sentOrder, product as sentProduct } from '../pipeline/silver/shop-lake';

/** The rows of an analysis, as CSV lines without the header. */
async function ask(lake: MemoryLake | GoldLake, file: string, ...param: readonly string[]): Promise<string[]> {
	const text = await lake.process((context) => query(context, { file, param, engine: 'duckdb', format: 'csv' }));
	return text.trimEnd().split('\r\n').slice(1);
}

describe('on a shop of five orders', () => {
	const [o1, o2, o3, o4, o5] = [
		order('o1', '2026-11-18', 'ann', '7.00'),
		order('o2', '2026-11-19', 'ann', '30.00'),
		order('o3', '2026-11-20', 'bob', '10.01', 'returned'),
		order('o4', '2026-11-20', 'cat', '5.00', 'cancelled'),
		order('o5', '2026-11-20', 'ann', '10.00'),
	];
	let shop: GoldLake;
	beforeAll(async () => {
		shop = new GoldLake();
		await shop.setSilver(
			silver({
				products: [product('p1', 'Top', 'Toys'), product('p2', 'Chess', 'Games'), product('p3', 'Atlas', 'Books')],
				orders: [o1, o2, o3, o4, o5],
				order_items: [
					line(o1, 'p1', 1, '7.00'),
					line(o2, 'p2', 3, '10.00'),
					line(o3, 'p1', 1, '4.00'),
					line(o3, 'p3', 1, '1.00'),
					line(o5, 'p1', 2, '5.00'),
				],
				events: [
					...['u1', 'u2', 'u3'].map((user) => event('product_view', user, 'p1', '2026-11-20T10:00:00Z')),
					event('add_to_cart', 'u1', 'p1', '2026-11-20T10:01:00Z'),
					event('add_to_cart', 'u2', 'p1', '2026-11-19T10:01:00Z'),
				],
			}),
		);
		await shop.aggregate();
	});
	afterAll(() => shop.dispose());

	it('shop-performance compares a range with the one before it, and leaves out cancelled orders', async () => {
		expect(await ask(shop, 'shop-performance', 'from=2026-11-20', 'to=2026-11-20')).toEqual([
			'1,revenue,20.01,30.00,-33.30',
			'2,orders,2.00,1.00,100.00',
			'3,avg_order_value,10.01,30.00,-66.63',
			'4,units,4.00,3.00,33.33',
			'5,customers,2.00,1.00,100.00',
			'6,percent_returned,50.00,0.00,',
		]);
	});

	it('shop-performance counts a customer of several days once', async () => {
		const [, , , , customers] = await ask(shop, 'shop-performance', 'from=2026-11-18');
		expect(customers).toBe('5,customers,2.00,0.00,');
	});

	it('shop-performance gives zeros, and no averages, for a range without orders', async () => {
		expect(await ask(shop, 'shop-performance', 'from=2026-10-01', 'to=2026-10-02')).toEqual([
			'1,revenue,0.00,0.00,',
			'2,orders,0.00,0.00,',
			'3,avg_order_value,,,',
			'4,units,0.00,0.00,',
			'5,customers,0.00,0.00,',
			'6,percent_returned,,,',
		]);
	});

	it('revenue-by-day gives the days with orders', async () => {
		expect(await ask(shop, 'revenue-by-day', 'from=2026-11-19')).toEqual([
			'2026-11-19,1,30.00,3,1',
			'2026-11-20,2,20.01,4,2',
		]);
	});

	it('revenue-by-day-and-category puts all categories after the first ones into one without a name', async () => {
		expect(await ask(shop, 'revenue-by-day-and-category', 'top=1')).toEqual([
			'1,Games,2026-11-19,3,30.00,30.00,57.69',
			'2,,2026-11-18,1,7.00,22.00,42.31',
			'2,,2026-11-20,4,15.00,22.00,42.31',
		]);
		expect((await ask(shop, 'revenue-by-day-and-category')).map((row) => row.split(',')[1])).toEqual([
			'Games',
			'Toys',
			'Toys',
			'Books',
		]);
	});

	it('top-customers gives their share, and since when they are customers', async () => {
		expect(await ask(shop, 'top-customers', 'from=2026-11-20')).toEqual([
			'1,bob,1,10.01,50.02,2026-11-20',
			'2,ann,1,10.00,49.98,2026-11-18',
		]);
		expect(await ask(shop, 'top-customers', 'top=1')).toEqual(['1,ann,3,47.00,82.44,2026-11-18']);
	});

	it('event-funnel gives each stage, with its share of the views and of the stage before', async () => {
		expect(await ask(shop, 'event-funnel')).toEqual([
			'1,view,3,100.00,',
			'2,cart,2,66.67,66.67',
			'3,purchase,0,0.00,0.00',
		]);
		expect(await ask(shop, 'event-funnel', 'to=2026-11-19')).toEqual([
			'1,view,0,,',
			'2,cart,1,,',
			'3,purchase,0,,0.00',
		]);
	});
});

describe('what became of the records', () => {
	let lake: ShopLake;
	beforeAll(async () => {
		lake = new ShopLake();
		await lake.admit({
			'2026-11-19': { orders: [sentOrder('o1', { order_date: '2026-11-19' })], products: [sentProduct('p1')] },
			'2026-11-20': {
				orders: [
					sentOrder('o2'),
					sentOrder('o2'),
					// Late, and one that breaks a rule.
					sentOrder('o3', { order_date: '2026-11-19' }),
					sentOrder('o4', { total_amount: '-1' }),
				],
				order_items: [sentLine('o2', 1), sentLine('o9', 1)],
			},
			// Not a daily batch: nothing of it is late.
			import: { orders: [sentOrder('o5', { order_date: '2026-10-01' })] },
		});
	});

	it('is counted for each dataset, and for all together', async () => {
		expect(await ask(lake, 'sql/quality/data-quality.sql', 'from=2026-11-20', 'to=2026-11-20')).toEqual([
			'order_items,1,2,1,0,0,0,1,0,50.00',
			'orders,1,4,2,1,0,1,0,1,75.00',
			',2,6,3,1,0,1,1,1,66.67',
		]);
	});

	it('includes all batches that hold a record of the range', async () => {
		expect((await ask(lake, 'sql/quality/data-quality.sql', 'from=2026-11-19', 'to=2026-11-19')).at(-1)).toBe(
			',4,8,5,1,0,1,1,1,75.00',
		);
		expect(await ask(lake, 'sql/quality/data-quality.sql', 'from=2026-10-01', 'to=2026-10-01')).toEqual([
			'orders,1,1,1,0,0,0,0,0,100.00',
			',1,1,1,0,0,0,0,0,100.00',
		]);
	});

	it('is all zeros if nothing was delivered', async () => {
		expect(await ask(lake, 'sql/quality/data-quality.sql', 'from=2025-01-01', 'to=2025-01-01')).toEqual([
			',0,0,0,0,0,0,0,0,',
		]);
	});

	it('tells the rules that rejected records break', async () => {
		expect(await ask(lake, 'sql/quality/rejected-by-rule.sql', 'from=2026-11-20', 'to=2026-11-20')).toEqual([
			'orders,range,1',
		]);
		expect(await ask(lake, 'sql/quality/rejected-by-rule.sql', 'to=2026-10-31')).toEqual([]);
	});
});
