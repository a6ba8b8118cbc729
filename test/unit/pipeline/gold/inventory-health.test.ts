import { plusDays } from '../../../../tasks/pipeline/gold/calendar';
import { GoldLab } from './gold-lab';
import { line, order, product, silver } from './rows';

const newest = '2026-11-20';
let lab: GoldLab;
beforeEach(() => {
	lab = new GoldLab();
});
afterEach(() => lab.dispose());

/** One product with this stock, and units of it sold so many days before the newest order date. */
async function inventoryHealth(stock: number | null, sold: readonly (readonly [daysAgo: number, units: number])[]) {
	const orders = sold.map(([daysAgo], n) => order(`o${n}`, plusDays(newest, -daysAgo), 'ann', '1.00'));
	const last = order('last', newest, 'ann', '1.00', 'cancelled');
	await lab.setSilver(
		silver({
			orders: [...orders, last],
			order_items: orders.map((one, n) => line(one, 'p1', sold[n]?.[1] as number, '1.00')),
			products: [product('p1', 'Lamp', 'Home', stock)],
		}),
	);
	await lab.aggregate();
	const [row] = await lab.gold('inventory_health');
	return row;
}

describe('inventory_health', () => {
	test('counts calendar days up to the newest order date, whatever became of its orders', async () => {
		expect(
			await inventoryHealth(100, [
				[0, 1],
				[6, 2],
				[7, 4],
				[27, 8],
				[28, 16],
				[29, 32],
				[30, 64],
			]),
		).toEqual({
			category: 'Home',
			current_stock: 100,
			daily_demand: '2.1000',
			days_of_cover: '47.6',
			// 15 units in 28 days are 3.75 in a week
			forecasted_demand: 4,
			name: 'Lamp',
			product_id: 'p1',
			status: 'ok',
			units_30d: 63,
			units_7d: 3,
		});
	});

	test.each([
		// stock, units in 30 days, days of cover, status: the exact cover decides, not the rounded
		[null, 5, null, 'unknown'],
		[null, 0, null, 'unknown'],
		[0, 5, '0.0', 'out'],
		[0, 0, null, 'out'],
		[7, 0, null, 'idle'],
		[7, 30, '7.0', 'ok'],
		[699, 3000, '7.0', 'low'],
		[60, 30, '60.0', 'ok'],
		[6001, 3000, '60.0', 'over'],
		[61, 30, '61.0', 'over'],
		[1, 600, '0.1', 'low'],
		[1, 601, '0.0', 'low'],
	])('a stock of %p against %i units in 30 days: cover %p, %s', async (stock, units, cover, status) => {
		const row = await inventoryHealth(stock, units === 0 ? [] : [[0, units]]);
		expect([row?.days_of_cover, row?.status]).toEqual([cover, status]);
	});

	test.each([
		[1, '0.0333'],
		[2, '0.0667'],
		[30, '1.0000'],
	])('%i units in 30 days are a daily demand of %s', async (units, demand) => {
		expect((await inventoryHealth(9, [[29, units]]))?.daily_demand).toBe(demand);
	});

	test('is there without any order', async () => {
		await lab.setSilver(silver({ products: [product('p1', 'Lamp', 'Home', 3)] }));
		await lab.aggregate();
		expect((await lab.gold('inventory_health')).map(({ status, units_30d }) => [status, units_30d])).toEqual([
			['idle', 0],
		]);
	});
});
