import { GoldLake } from './gold-lake';
import { line, order, product, silver } from './silver-rows';

const day = '2026-11-20';
let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

const products = [product('p1', 'Lamp', 'Home'), product('p2', 'Rug', 'Home'), product('p3', 'Ball', 'Sport')];

describe('the tables of orders', () => {
	test('count every order except cancelled ones, once per product and once per category', async () => {
		const a = order('a', day, 'ann', '35.00');
		const b = order('b', day, 'bob', '7.50', 'returned');
		const c = order('c', day, 'ann', '2.00', 'pending');
		const d = order('d', day, 'dan', '99.00', 'cancelled');
		await lab.setSilver(
			silver({
				orders: [a, b, c, d],
				order_items: [
					line(a, 'p1', 2, '10.00'),
					line(a, 'p1', 1, '9.00'),
					line(a, 'p2', 1, '6.00'),
					line(b, 'p1', 1, '7.50'),
					line(c, 'p3', 4, '0.50'),
					line(d, 'p3', 9, '11.00'),
				],
				products,
			}),
		);
		const { status, partitions } = await lab.aggregate();
		expect(status).toBe('published');
		expect(partitions).toEqual([
			'gold_daily_sales/2026-11-20',
			'gold_category_kpis/2026-11-20',
			'gold_order_kpis/2026-11-20',
			'gold_customer_daily/2026-11-20',
			'gold_customer_value/all',
			'gold_inventory_health/all',
			'gold_sales_anomalies/2026-11-20',
		]);
		expect(await lab.gold('daily_sales')).toEqual(
			[
				{
					amount: '36.50',
					category: 'Home',
					order_date: day,
					orders: 2,
					product_id: 'p1',
					product_name: 'Lamp',
					units: 4,
				},
				{
					amount: '6.00',
					category: 'Home',
					order_date: day,
					orders: 1,
					product_id: 'p2',
					product_name: 'Rug',
					units: 1,
				},
				{
					amount: '2.00',
					category: 'Sport',
					order_date: day,
					orders: 1,
					product_id: 'p3',
					product_name: 'Ball',
					units: 4,
				},
			].sort((x, y) => (x.amount < y.amount ? -1 : 1)),
		);
		expect(await lab.gold('category_kpis')).toEqual([
			{ avg_order_value: '2.00', avg_return_rate: '0.0000', category: 'Sport', daily_revenue: '2.00', order_date: day },
			{
				avg_order_value: '21.25',
				avg_return_rate: '50.0000',
				category: 'Home',
				daily_revenue: '42.50',
				order_date: day,
			},
		]);
		expect(await lab.gold('order_kpis')).toEqual([
			{
				order_date: day,
				return_rate: '33.3333',
				total_items_sold: 9,
				total_orders: 3,
				total_revenue: '44.50',
				unique_customers: 2,
			},
		]);
		expect(await lab.gold('customer_daily')).toEqual([
			{ order_date: day, orders: 1, revenue: '7.50', user_id: 'bob' },
			{ order_date: day, orders: 2, revenue: '37.00', user_id: 'ann' },
		]);
	});

	test.each([
		// revenue, orders, average: ties round away from zero; a division in floating point would miss them
		['2.01', 2, '1.01'],
		['0.01', 2, '0.01'],
		['0.03', 2, '0.02'],
		['1.00', 3, '0.33'],
		['2.00', 3, '0.67'],
		['1.15', 10, '0.12'],
		['90071992547409.93', 2, '45035996273704.97'],
	])('an average of %s over %i orders is %s', async (revenue, count, average) => {
		const orders = Array.from({ length: count }, (_, index) => order(`o${index}`, day, 'ann', '0.00'));
		const items = orders.map((one, index) => ({
			...line(one, 'p1', 1, '0.00'),
			line_amount: index === 0 ? revenue : '0.00',
		}));
		await lab.setSilver(silver({ orders, order_items: items, products }));
		await lab.aggregate();
		const [row] = await lab.gold('category_kpis');
		expect([row?.daily_revenue, row?.avg_order_value]).toEqual([revenue, average]);
	});

	test('return rates have four places, half-up', async () => {
		// 100 × 1 ÷ 128 = 0.78125, a tie at the fifth place
		const orders = Array.from({ length: 128 }, (_, index) =>
			order(`o${index}`, day, 'ann', '1.00', index === 0 ? 'returned' : 'completed'),
		);
		await lab.setSilver(silver({ orders, order_items: orders.map((one) => line(one, 'p1', 1, '1.00')), products }));
		await lab.aggregate();
		expect((await lab.gold('order_kpis'))[0]?.return_rate).toBe('0.7813');
		expect((await lab.gold('category_kpis'))[0]?.avg_return_rate).toBe('0.7813');
	});

	test('a date of cancelled orders has only a row of zeros; a date that loses its orders loses that row, too', async () => {
		await lab.setSilver(silver({ orders: [order('a', day, 'ann', '5.00', 'cancelled')], products }));
		await lab.aggregate();
		expect(await lab.gold('order_kpis')).toEqual([
			{
				order_date: day,
				return_rate: '0.0000',
				total_items_sold: 0,
				total_orders: 0,
				total_revenue: '0.00',
				unique_customers: 0,
			},
		]);
		expect(await lab.gold('daily_sales')).toEqual([]);
		expect(await lab.gold('category_kpis')).toEqual([]);
		expect(await lab.gold('customer_daily')).toEqual([]);
		expect(await lab.gold('customer_value')).toEqual([]);
		expect(await lab.plan()).toEqual([]);
		await lab.setSilver(silver({ products }));
		const { partitions } = await lab.aggregate();
		expect(partitions).toEqual(['gold_order_kpis/2026-11-20']);
		expect(await lab.gold('order_kpis')).toEqual([]);
	});

	test('figures that do not add up are not published', async () => {
		const a = order('a', day, 'ann', '5.00');
		await lab.setSilver(silver({ orders: [a], order_items: [line(a, 'p9', 1, '5.00')], products }));
		await expect(lab.aggregate()).rejects.toThrow(
			'Gold of 2026-11-20 does not add up: sum of units in daily_sales is 0.00, total_items_sold in order_kpis is 1.00. Nothing is published.',
		);
		expect(await lab.head()).toBe(1);
	});
});
