import { plusDays } from '../../../../tasks/pipeline/gold/calendar';
import { GoldLab } from './gold-lab';
import { line, order, product, silver } from './rows';

const today = '2026-11-29';
let lab: GoldLab;
beforeEach(() => {
	lab = new GoldLab();
});
afterEach(() => lab.dispose());

const products = [product('p1', 'Lamp', 'Home'), product('p2', 'Ball', 'Sport')];

/** Sales of Home so many days before today. */
const sales = (amounts: readonly (readonly [daysAgo: number, amount: string])[]) => {
	const orders = amounts.map(([daysAgo, amount], n) => order(`o${n}`, plusDays(today, -daysAgo), 'ann', amount));
	return { orders, order_items: orders.map((one, n) => line(one, 'p1', 1, amounts[n]?.[1] as string)) };
};
const findAnomaly = async (date: string, category = 'Home') =>
	(await lab.gold('sales_anomalies')).find((row) => row.order_date === date && row.category === category);

describe('sales_anomalies', () => {
	test('a spike is 3.5 spreads above what is expected, a drop as many below', async () => {
		// The 28 days before, today's sales, and what comes out, each in a category of its own.
		const cases = {
			above: ['100.00', '117.49', { expected: '100.00', deviation: '3.50', direction: 'spike' }],
			'not above': ['100.00', '117.47', { expected: '100.00', deviation: '3.49', direction: 'none' }],
			below: ['100.00', '82.51', { expected: '100.00', deviation: '-3.50', direction: 'drop' }],
			'not below': ['100.00', '82.53', { expected: '100.00', deviation: '-3.49', direction: 'none' }],
			'a spread of 1.00 at least': ['2.00', '3.01', { expected: '2.00', deviation: '1.01', direction: 'none' }],
		} as const;
		const names = Object.keys(cases) as (keyof typeof cases)[];
		const orders = Array.from({ length: 29 }, (_, n) => order(`o${n}`, plusDays(today, -n), 'ann', '1.00'));
		const order_items = orders.flatMap((one, n) =>
			names.map((name) => line(one, name, 1, cases[name][n === 0 ? 1 : 0])),
		);
		await lab.setSilver(silver({ orders, order_items, products: names.map((name) => product(name, name, name)) }));
		await lab.aggregate();
		for (const name of names) {
			const [, amount, comparison] = cases[name];
			expect(await findAnomaly(today, name)).toEqual({ category: name, order_date: today, amount, ...comparison });
		}
	});

	test('the spread is 1.4826 times the median absolute deviation where that is most', async () => {
		// 14 days of 10.00 and 14 of 20.01: median 15.005, shown as 15.01; every deviation is 5.005; spread 7.420413
		const before = Array.from({ length: 28 }, (_, n) => [n + 1, n < 14 ? '10.00' : '20.01'] as const);
		await lab.setSilver(silver({ ...sales([...before, [0, '45.01']]), products }));
		await lab.aggregate();
		expect(await findAnomaly(today)).toMatchObject({ expected: '15.01', deviation: '4.04', direction: 'spike' });
	});

	test('a day without sales is 0 from the first sale on; fewer than 7 days say nothing', async () => {
		await lab.setSilver(
			silver({
				...sales([
					[7, '10.00'],
					[6, '10.00'],
					[5, '10.00'],
					[1, '10.00'],
					[0, '10.00'],
				]),
				products,
			}),
		);
		await lab.aggregate();
		// 10, 10, 10, 0, 0, 0, 10: the median is 10
		expect(await findAnomaly(today)).toMatchObject({ expected: '10.00', deviation: '0.00', direction: 'none' });
		// 10, 10, 10, 0, 0, 0
		expect(await findAnomaly(plusDays(today, -1))).toMatchObject({
			expected: '5.00',
			deviation: null,
			direction: null,
		});
		expect(await findAnomaly(plusDays(today, -7))).toMatchObject({
			amount: '10.00',
			expected: null,
			deviation: null,
			direction: null,
		});
	});

	test('has a row for each category that sold in the 28 days before, and none for one that sold earlier', async () => {
		const { orders, order_items } = sales([[28, '10.00']]);
		const early = order('early', plusDays(today, -29), 'ann', '1.00');
		const cancelled = order('today', today, 'ann', '1.00', 'cancelled');
		await lab.setSilver(
			silver({
				orders: [...orders, early, cancelled],
				order_items: [...order_items, line(early, 'p2', 1, '1.00')],
				products,
			}),
		);
		await lab.aggregate();
		expect((await lab.gold('sales_anomalies')).filter(({ order_date }) => order_date === today)).toEqual([
			{ amount: '0.00', category: 'Home', deviation: '0.00', direction: 'none', expected: '0.00', order_date: today },
		]);
	});

	test('follow a late sale on the date itself and on those of the 28 days after that have orders, no others', async () => {
		const { orders, order_items } = sales([0, 1, 27, 28, 29, 40].map((daysAgo) => [daysAgo, '10.00'] as const));
		await lab.setSilver(silver({ orders, order_items, products }));
		await lab.aggregate();
		const late = order('late', plusDays(today, -29), 'bob', '5.00');
		await lab.setSilver(
			silver({ orders: [...orders, late], order_items: [...order_items, line(late, 'p1', 1, '5.00')], products }),
		);
		const stale = (await lab.plan()).filter(({ table }) => table === 'gold_sales_anomalies');
		expect(stale.map(({ partition }) => partition)).toEqual(['2026-10-31', '2026-11-01', '2026-11-02', '2026-11-28']);
		await lab.aggregate();
		expect(await findAnomaly('2026-10-31')).toMatchObject({ amount: '15.00' });
	});

	test('follow a first sale that turns out to be earlier, or later', async () => {
		const { orders, order_items } = sales(Array.from({ length: 5 }, (_, n) => [n, '10.00'] as const));
		const first = order('first', plusDays(today, -10), 'bob', '5.00');
		const with_ = silver({
			orders: [...orders, first],
			order_items: [...order_items, line(first, 'p1', 1, '5.00')],
			products,
		});
		const without = silver({ orders, order_items, products });
		await lab.setSilver(without);
		await lab.aggregate();
		expect(await findAnomaly(today)).toMatchObject({ expected: '10.00', deviation: null });
		await lab.setSilver(with_);
		await lab.aggregate();
		// 5, five days of 0, four of 10
		expect(await findAnomaly(today)).toMatchObject({ expected: '2.50', deviation: '2.02' });
		await lab.setSilver(without);
		await lab.aggregate();
		expect(await findAnomaly(today)).toMatchObject({ expected: '10.00', deviation: null });
	});
});
