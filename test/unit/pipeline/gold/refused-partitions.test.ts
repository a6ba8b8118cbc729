import fc from 'fast-check';
import { goldTables } from '../../../../tasks/contracts';
import { findOverflows } from '../../../../tasks/pipeline/gold/find-overflows';
import { DataRefusedError, exitCodes } from '../../../../tasks/platform/errors';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { halfUp, moneyText } from '../../../support/model/numbers';
import { GoldLake } from './gold-lake';
import { event, line, order, product, silver } from './silver-rows';

const day = '2026-11-20';
const next = '2026-11-21';
let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

const products = [product('p1', 'Lamp', 'Home', 9), product('p2', 'Ball', 'Sport')];
/** A line of any amount that Silver can hold. */
const large = (of: ReturnType<typeof order>, product_id: string, line_amount: string) => ({
	...line(of, product_id, 1, '0.00'),
	line_amount,
});
const most = '9999999999999999.99';
const listDays = async (table: Parameters<GoldLake['gold']>[0]) =>
	[...new Set((await lab.gold(table)).map(({ order_date }) => order_date))].sort();

describe('amounts of any size that a line may have', () => {
	test('a line of 1000000 × 100000000.00 is counted to the cent', async () => {
		const one = order('o1', day, 'ann', '5.00');
		await lab.setSilver(silver({ orders: [one], order_items: [large(one, 'p1', '100000000000000.00')], products }));
		await lab.aggregate();
		expect((await lab.gold('daily_sales'))[0]).toMatchObject({ amount: '100000000000000.00' });
		expect((await lab.gold('category_kpis'))[0]).toMatchObject({
			daily_revenue: '100000000000000.00',
			avg_order_value: '100000000000000.00',
		});
		expect((await lab.gold('sales_anomalies'))[0]).toMatchObject({ amount: '100000000000000.00' });
	});

	test.each([
		[most, 1, most],
		[most, 2, '5000000000000000.00'],
		['9999999999999999.97', 2, '4999999999999999.99'],
		[most, 3, '3333333333333333.33'],
		[most, 7, '1428571428571428.57'],
	])('the average of %s over %i orders is %s', async (revenue, count, average) => {
		const orders = Array.from({ length: count }, (_, index) => order(`o${index}`, day, 'ann', '0.00'));
		const items = orders.map((one, index) => large(one, 'p1', index === 0 ? revenue : '0.00'));
		await lab.setSilver(silver({ orders, order_items: items, products }));
		await lab.aggregate();
		expect((await lab.gold('category_kpis'))[0]).toMatchObject({ daily_revenue: revenue, avg_order_value: average });
	});

	test('averages of any amounts and any number of orders are rounded half-up to the cent', async () => {
		const days = fc.array(
			fc.record({
				cents: fc.oneof(
					fc.bigInt({ min: 0n, max: 999999999999999999n }),
					fc.bigInt({ min: 0n, max: 10000n }),
					// About 2^53, beyond which a division in floating point is off.
					fc.bigInt({ min: 9007199254740000n, max: 9007199254742000n }),
				),
				count: fc.integer({ min: 1, max: 9 }),
			}),
			{ minLength: 30, maxLength: 30 },
		);
		await fc.assert(
			fc.asyncProperty(days, async (days) => {
				const orders = days.flatMap(({ count }, category) =>
					Array.from({ length: count }, (_, index) => order(`${category} ${index}`, day, 'ann', '0.00')),
				);
				await lab.setSilver(
					silver({
						orders,
						order_items: orders.map((one) => {
							const [category, index] = String(one.order_id).split(' ');
							const cents = index === '0' ? (days[Number(category)]?.cents ?? 0n) : 0n;
							return large(one, `p${category}`, moneyText(cents));
						}),
						products: days.map((_, category) => product(`p${category}`, 'Lamp', `c${category}`)),
					}),
				);
				await lab.aggregate();
				const averages = new Map(
					(await lab.gold('category_kpis')).map(({ category, avg_order_value }) => [category, avg_order_value]),
				);
				for (const [category, { cents, count }] of days.entries()) {
					expect([category, averages.get(`c${category}`)]).toEqual([category, moneyText(halfUp(cents, BigInt(count)))]);
				}
			}),
			{ numRuns: 3 },
		);
	});

	test('the average of a customer with the largest revenue is exact', async () => {
		await lab.setSilver(
			silver({
				orders: [
					order('a', day, 'ann', '9999999999.99'),
					order('b', next, 'ann', '9999999999.98'),
					order('c', next, 'bob', '0.01'),
				],
				products,
			}),
		);
		await lab.aggregate();
		expect(await lab.gold('customer_value')).toMatchObject([
			{ user_id: 'bob', avg_order_value: '0.01' },
			{ user_id: 'ann', revenue: '19999999999.97', avg_order_value: '9999999999.99' },
		]);
	});

	test('a deviation of the largest amount is exact', async () => {
		const orders = Array.from({ length: 9 }, (_, index) => order(`o${index}`, `2026-11-0${index + 1}`, 'ann', '0.00'));
		const items = orders.map((one, index) => large(one, 'p1', index === 8 ? most : '0.00'));
		await lab.setSilver(silver({ orders, order_items: items, products }));
		await lab.aggregate();
		expect((await lab.gold('sales_anomalies')).find(({ order_date }) => order_date === '2026-11-09')).toMatchObject({
			amount: most,
			expected: '0.00',
			deviation: most,
			direction: 'spike',
		});
	});
});

describe('a date whose amounts no column can hold', () => {
	const good = order('g', day, 'ann', '5.00');
	const bad = order('b', next, 'bob', '7.00');
	const worse = order('c', next, 'bob', '7.00');
	const rows = silver({
		orders: [good, bad, worse],
		order_items: [line(good, 'p1', 1, '5.00'), large(bad, 'p2', most), large(worse, 'p2', '0.01')],
		products,
		events: [event('product_view', 'ann', 'p1', `${next}T10:00:00.000000Z`)],
	});

	test('is not published, the other dates and tables are; the error names table, date, product and value (exit code 65)', async () => {
		await lab.setSilver(rows);
		const error = await lab.aggregate().catch((error) => error);
		expect(error).toMatchObject({
			exitCode: exitCodes.dataRefused,
			message: [
				'Gold is published, except these dates and tables, which are unchanged:',
				'2026-11-21: gold_daily_sales: amount of product_id "p2" is 10000000000000000.00, which does not fit decimal(18,2); gold_category_kpis: daily_revenue of category "Sport" is 10000000000000000.00, which does not fit decimal(18,2); not published with them: gold_order_kpis, gold_customer_daily.',
				"Correct the batch and ingest it again, or withdraw it with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate'.",
			].join('\n'),
			outcome: { status: 'published', refused: expect.arrayContaining([expect.objectContaining({ partition: next })]) },
		});
		for (const table of ['daily_sales', 'category_kpis', 'order_kpis', 'customer_daily'] as const) {
			expect({ table, days: await listDays(table) }).toEqual({ table, days: [day] });
		}
		expect((await lab.gold('customer_value')).map(({ user_id }) => user_id)).toEqual(['ann']);
		expect((await lab.gold('inventory_health')).length).toBe(2);
		expect((await lab.gold('event_funnel')).length).toBe(1);
	});

	test('stays stale: the plan shows it, each run retries it without a commit, and the corrected data are published', async () => {
		await lab.setSilver(rows);
		await lab.aggregate().catch(() => undefined);
		const head = await lab.head();
		expect((await lab.plan()).map(({ table, partition }) => `${table}/${partition}`)).toEqual([
			'gold_daily_sales/2026-11-21',
			'gold_category_kpis/2026-11-21',
			'gold_order_kpis/2026-11-21',
			'gold_customer_daily/2026-11-21',
			'gold_sales_anomalies/2026-11-21',
			'gold_customer_value/all',
			'gold_inventory_health/all',
		]);
		await expect(lab.aggregate()).rejects.toMatchObject({ exitCode: 65, outcome: { status: 'unchanged' } });
		expect(await lab.head()).toBe(head);

		await lab.setSilver({ ...rows, order_items: rows.order_items.slice(0, 2) });
		await lab.aggregate();
		expect(await listDays('daily_sales')).toEqual([day, next]);
		expect(await lab.plan()).toEqual([]);
	});

	test('is refused once where another run commits first, and what was computed before is reused', async () => {
		await lab.setSilver(rows);
		let met = false;
		const before = async (operation: string) => {
			if (operation !== 'createText' || met) return;
			met = true;
			await lab.setSilver({ ...rows, orders: [...rows.orders, order('late', '2026-11-22', 'dan', '1.00')] });
		};
		await expect(lab.aggregate({ kind: 'all' }, { hooks: { before } })).rejects.toMatchObject({
			outcome: { status: 'published', refused: { length: 4 } },
		});
		expect(await listDays('order_kpis')).toEqual([day, '2026-11-22']);
		expect(await listDays('daily_sales')).toEqual([day]);
	});

	test('keeps what was published before, even in a rebuild', async () => {
		const before = { ...rows, order_items: rows.order_items.slice(0, 2) };
		await lab.setSilver(before);
		await lab.aggregate();
		const versions = await lab.versions('gold_daily_sales');
		await lab.setSilver({ ...rows, orders: [good, bad, { ...worse, user_id: 'cat' }] });
		await expect(lab.aggregate()).rejects.toMatchObject({ exitCode: 65 });
		expect(await lab.versions('gold_daily_sales')).toEqual(versions);
		expect((await lab.gold('order_kpis')).find(({ order_date }) => order_date === next)).toMatchObject({
			unique_customers: 1,
		});
		await expect(lab.rebuild()).rejects.toMatchObject({ exitCode: 65 });
		expect(await lab.versions('gold_daily_sales')).toEqual(versions);
		expect((await lab.plan()).map(({ partition }) => partition)).toContain(next);
	});
});

describe('what does not fit its column', () => {
	test('is named by customer, product or category, cut and escaped, three values a partition', async () => {
		const { context, dispose } = testContext({ store: new MemoryStore() });
		const duckdb = await context.duckdb();
		const engine = { select: (sql: string) => duckdb.rows(sql) };
		const rows = (
			count: number,
		) => `select user_id, cast(revenue as decimal(38,2)) as revenue, cast(1 as decimal(38,2)) as avg_order_value
			from (values ${Array.from({ length: count }, (_, n) => `('u${n}', '1e16')`).join(', ')}, ('fits', '1')) as rows (user_id, revenue)`;
		await duckdb.execute(`create temp table customer_value as ${rows(5)}`);
		expect([...(await findOverflows(engine, goldTables.customer_value, { name: 'customer_value' }))]).toEqual([
			[
				'all',
				'revenue of user_id "u0" is 10000000000000000.00, which does not fit decimal(18,2); revenue of user_id "u1" is 10000000000000000.00, which does not fit decimal(18,2); revenue of user_id "u2" is 10000000000000000.00, which does not fit decimal(18,2); and 2 more',
			],
		]);
		await duckdb.execute(
			`create temp table long_names as select chr(27) || repeat('é', 100) as user_id, * exclude (user_id) from (${rows(1)})`,
		);
		expect((await findOverflows(engine, goldTables.customer_value, { name: 'long_names' })).get('all')).toBe(
			`revenue of user_id "\\x1b${'é'.repeat(59)}… (201 bytes)" is 10000000000000000.00, which does not fit decimal(18,2)`,
		);
		await dispose();
	});
});

describe('a date whose input can’t be read', () => {
	test('is found among many, and refused alone', async () => {
		const orders = Array.from({ length: 9 }, (_, index) => order(`o${index}`, `2026-11-0${index + 1}`, 'ann', '1.00'));
		await lab.setSilver(silver({ orders, order_items: orders.map((one) => line(one, 'p1', 1, '1.00')), products }));
		const before = (operation: string, key: string) => {
			if (operation === 'download' && key.includes('silver/orders/order_date=2026-11-04')) {
				throw new DataRefusedError(`${key} is damaged`);
			}
		};
		await expect(lab.aggregate({ kind: 'all' }, { hooks: { before } })).rejects.toMatchObject({
			exitCode: 65,
			message: expect.stringMatching(
				/\n2026-11-04: gold_daily_sales: silver\/orders\S* is damaged; not published with it: /,
			),
		});
		expect((await listDays('order_kpis')).length).toBe(8);
		await lab.aggregate();
		expect((await listDays('order_kpis')).length).toBe(9);
	});

	test('an error that the data did not cause still stops everything', async () => {
		const one = order('a', day, 'ann', '5.00');
		await lab.setSilver(silver({ orders: [one], products }));
		const before = (operation: string) => {
			if (operation === 'download') throw new Error('the network is down');
		};
		await expect(lab.aggregate({ kind: 'all' }, { hooks: { before } })).rejects.toThrow('the network is down');
		expect(await lab.head()).toBe(1);
	});
});

describe('texts of any kind and dates of any age in Silver', () => {
	const names = ['nul\0', "O'Brien", '"quoted"', 'tab\tline\nend', '\u001b[31mred', '😀', '$1', '--', 'a;b'];

	test('categories, products and customers with any characters are unchanged in every table', async () => {
		const all = names.map((name, index) => product(`id ${name}`, name, `in ${name}`, index));
		const orders = names.flatMap((name, index) => [
			order(`${index}`, day, `user ${name}`, '1.00'),
			order(`n${index}`, next, `user ${name}`, '1.00'),
		]);
		await lab.setSilver(
			silver({
				orders,
				order_items: orders.map((one, index) => line(one, `id ${names[index >> 1]}`, 1, '1.00')),
				products: all,
				events: names.map((name) => event('product_view', `user ${name}`, `id ${name}`, `${day}T10:00:00.000000Z`)),
				gadget_sales: names.map((product_name, index) => ({
					orderid: '7421',
					product_name,
					quantity: index + 1,
					price: '1.00',
					event_type: 'INSERT',
					event_time: `${day}T10:00:00.000000Z`,
					event_id: `e${index}`,
					sale_date: day,
				})),
			}),
		);
		await lab.aggregate();
		const categories = names.map((name) => `in ${name}`).sort();
		for (const [table, column, expected] of [
			['daily_sales', 'category', categories],
			['category_kpis', 'category', categories],
			['sales_anomalies', 'category', categories],
			['event_funnel', 'category', categories],
			['customer_value', 'user_id', names.map((name) => `user ${name}`).sort()],
			['live_anomalies', 'product_name', [...names].sort()],
		] as const) {
			const found = [...new Set((await lab.gold(table)).map((row) => row[column]))].sort();
			expect({ table, found }).toEqual({ table, found: expected });
		}
		expect(await lab.plan()).toEqual([]);
		expect(await lab.aggregate()).toMatchObject({ status: 'unchanged' });
	});

	test('orders and live sales of the years before 1 and up to 9999 are computed, and stop no other date', async () => {
		const dates = ['0001-01-01 (BC)', '0001-01-01', '0001-01-20', day, '9999-12-31'];
		const orders = dates.map((date, index) => order(`o${index}`, date, 'ann', '1.00'));
		await lab.setSilver(
			silver({
				orders,
				order_items: orders.map((one) => line(one, 'p1', 1, '1.00')),
				products,
				gadget_sales: dates.map((sale_date, index) => ({
					orderid: '7421',
					product_name: 'Laptop',
					quantity: 1,
					price: '1.00',
					event_type: 'INSERT',
					event_time: `${sale_date} 10:00:00`,
					event_id: `e${index}`,
					sale_date,
				})),
			}),
		);
		await lab.aggregate();
		for (const table of ['gold_order_kpis', 'gold_sales_anomalies', 'gold_live_anomalies']) {
			expect({ table, dates: Object.keys(await lab.versions(table)).sort() }).toEqual({ table, dates: dates.sort() });
		}
		expect(await lab.plan()).toEqual([]);
	});
});
