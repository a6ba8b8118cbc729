import { GoldLake } from './gold-lake';
import { order, silver } from './silver-rows';

let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

const customer = async (user: string) => (await lab.gold('customer_value')).find(({ user_id }) => user_id === user);

describe('customer_value', () => {
	test('sums a customer over all days and ranks by revenue, with ties', async () => {
		await lab.setSilver(
			silver({
				orders: [
					order('1', '2026-11-01', 'ann', '10.00'),
					order('2', '2026-11-20', 'ann', '0.01'),
					order('3', '2026-11-10', 'bob', '30.00', 'returned'),
					order('4', '2026-11-10', 'cat', '30.00'),
					order('5', '2026-10-01', 'ann', '500.00', 'cancelled'),
				],
			}),
		);
		await lab.aggregate();
		expect(await lab.gold('customer_value')).toEqual([
			{
				avg_order_value: '30.00',
				first_order_date: '2026-11-10',
				is_top_decile: true,
				last_order_date: '2026-11-10',
				orders: 1,
				revenue: '30.00',
				revenue_rank: 1,
				user_id: 'bob',
			},
			{
				avg_order_value: '30.00',
				first_order_date: '2026-11-10',
				is_top_decile: true,
				last_order_date: '2026-11-10',
				orders: 1,
				revenue: '30.00',
				revenue_rank: 1,
				user_id: 'cat',
			},
			{
				avg_order_value: '5.01',
				first_order_date: '2026-11-01',
				is_top_decile: false,
				last_order_date: '2026-11-20',
				orders: 2,
				revenue: '10.01',
				revenue_rank: 3,
				user_id: 'ann',
			},
		]);
	});

	test.each([
		[1, 1],
		[10, 1],
		[11, 2],
		[20, 2],
		[21, 3],
	])('of %i customers the top decile is %i', async (customers, top) => {
		const orders = Array.from({ length: customers }, (_, n) => order(`o${n}`, '2026-11-20', `u${n}`, `${n + 1}.00`));
		await lab.setSilver(silver({ orders }));
		await lab.aggregate();
		const rows = await lab.gold('customer_value');
		expect(rows.filter(({ is_top_decile }) => is_top_decile).length).toBe(top);
	});

	test('is updated by the days that changed, and looks up a first or last day that is gone', async () => {
		const history = Array.from({ length: 9 }, (_, n) => order(`h${n}`, `2026-11-0${n + 1}`, `u${n % 3}`, '1.00'));
		await lab.setSilver(silver({ orders: history }));
		await lab.aggregate();

		await lab.setSilver(silver({ orders: [...history, order('new', '2026-11-10', 'u0', '2.00')] }));
		expect((await lab.listDownloads({ kind: 'all' })).filter((key) => key.startsWith('gold/customer_daily'))).toEqual(
			[],
		);
		expect(await customer('u0')).toMatchObject({ last_order_date: '2026-11-10', orders: 4, revenue: '5.00' });

		// u0's last day is removed: the day before it is only in the older files.
		const cancelled = order('new', '2026-11-10', 'u0', '2.00', 'cancelled');
		await lab.setSilver(silver({ orders: [...history, cancelled] }));
		const days = (await lab.listDownloads({ kind: 'all' })).filter((key) => key.startsWith('gold/customer_daily'));
		expect(days.length).toBe(10);
		expect(await customer('u0')).toMatchObject({
			first_order_date: '2026-11-01',
			last_order_date: '2026-11-07',
			orders: 3,
		});
	});

	test('drops a customer whose last order is gone', async () => {
		const kept = order('1', '2026-11-01', 'ann', '1.00');
		await lab.setSilver(silver({ orders: [kept, order('2', '2026-11-02', 'bob', '1.00')] }));
		await lab.aggregate();
		await lab.setSilver(silver({ orders: [kept] }));
		await lab.aggregate();
		expect((await lab.gold('customer_value')).map(({ user_id }) => user_id)).toEqual(['ann']);
	});

	test('that differs from the sums of all dates is not published', async () => {
		await lab.setSilver(silver({ orders: [order('1', '2026-11-01', 'ann', '10.00')] }));
		await lab.aggregate();
		await lab.commit(async (snapshot) => {
			const kpis = await snapshot.table('gold_order_kpis');
			const partitions = Object.fromEntries(
				Object.entries(kpis.partitions).map(([date, entry]) => [
					date,
					{ ...entry, facts: { ...entry.facts, orders: 2 } },
				]),
			);
			return { tables: { gold_order_kpis: { ...kpis, partitions } } };
		});
		await lab.setSilver(
			silver({ orders: [order('1', '2026-11-01', 'ann', '10.00'), order('2', '2026-11-02', 'ann', '5.00')] }),
		);
		await expect(lab.aggregate()).rejects.toThrow(
			'Gold of all dates does not add up: sum of orders in customer_value is 2.00, sum of total_orders in order_kpis is 3.00. Nothing is published.',
		);
	});
});
