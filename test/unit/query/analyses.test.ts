import { readdirSync, readFileSync } from 'node:fs';
import { tables } from '../../../tasks/contracts';
import { query, runQuery } from '../../../tasks/query';
import { analyses } from '../../../tasks/query/analyses';
import { readHeader } from '../../../tasks/query/analysis-header';
import type { Row } from '../../support/model';
import { GoldLake } from '../pipeline/gold/gold-lake';
import { event, line, order, product, silver } from '../pipeline/gold/silver-rows';

const path = (name: string) => `sql/analyses/${name}.sql`;
const names = readdirSync('sql/analyses').map((file) => file.replace('.sql', ''));

/** A lake with these Silver rows, whose Gold tables `aggregate` has made. */
async function lakeOf(rows: Parameters<typeof silver>[0]): Promise<GoldLake> {
	const lake = new GoldLake();
	await lake.setSilver(silver(rows));
	await lake.aggregate();
	return lake;
}
/** The rows of an analysis, as CSV lines without the header. */
async function ask(lake: GoldLake, name: string, ...param: readonly string[]): Promise<string[]> {
	const text = await lake.process((context) =>
		query(context, { file: path(name), param, engine: 'duckdb', format: 'csv' }),
	);
	return text.trimEnd().split('\r\n').slice(1);
}

const [o1, o2, o3, o4, o5] = [
	order('o1', '2026-10-10', 'ann', '8.00'),
	order('o2', '2026-11-05', 'ann', '32.00'),
	order('o3', '2026-11-30', 'bob', '10.00', 'returned'),
	order('o4', '2026-11-30', 'cat', '5.00', 'cancelled'),
	order('o5', '2026-09-01', 'dan', '7.00'),
];
const priced = (row: Row, price: string): Row => ({ ...row, price });
const sale = (
	product_name: string,
	quantity: number,
	price: string,
	event_time: string,
	event_type = 'INSERT',
): Row => ({
	orderid: '1',
	event_id: `${product_name} ${event_time} ${event_type}`,
	sale_date: event_time.slice(0, 10),
	...{ product_name, quantity, price, event_time, event_type },
});

describe('on a shop of five products and five orders', () => {
	let shop: GoldLake;
	beforeAll(async () => {
		shop = await lakeOf({
			products: [
				priced(product('p1', 'Top', 'Toys', 100), '3.00'),
				product('p2', 'Ball', 'Toys', 1),
				product('p3', 'Chess', 'Games'),
				product('p4', 'Dice', 'Games', 600),
				priced(product('p5', 'Kite', 'Toys', 40), '9.99'),
			],
			orders: [o1, o2, o3, o4, o5],
			order_items: [
				line(o1, 'p1', 2, '3.00'),
				line(o1, 'p3', 1, '2.00'),
				line(o2, 'p1', 1, '1.00'),
				line(o2, 'p4', 31, '1.00'),
				line(o3, 'p1', 1, '4.00'),
				line(o3, 'p2', 6, '1.00'),
				line(o4, 'p3', 1, '5.00'),
				line(o5, 'p3', 1, '7.00'),
			],
			events: [
				...['u1', 'u2', 'u3'].map((user) => event('product_view', user, 'p1', '2026-11-30T10:00:00Z')),
				...['u1', 'u2'].map((user) => event('add_to_cart', user, 'p1', '2026-11-30T10:01:00Z')),
				event('purchase', 'u1', 'p1', '2026-11-29T10:02:00Z'),
				event('product_view', 'u1', 'p4', '2026-11-01T00:00:00Z'),
				event('add_to_cart', 'u1', 'gone', '2026-11-30T00:00:00Z'),
				event('product_view', 'u1', 'p4', '2026-10-31T23:59:59Z'),
			],
			gadget_sales: [
				sale('Laptop', 2, '10.00', '2026-11-30T09:59:59Z'),
				sale('Laptop', 3, '10.00', '2026-11-30T09:00:00Z', 'MODIFY'),
				sale('Phone', 1, '0.50', '2026-11-30T08:30:00Z'),
				sale('Phone', 9, '0.50', '2026-11-30T08:31:00Z', 'REMOVE'),
				sale('Phone', 4, '0.50', '2026-11-29T10:00:00Z'),
				sale('Phone', 5, '0.50', '2026-11-29T09:59:59Z'),
			],
		});
	});
	afterAll(() => shop.dispose());

	it.each(names)('%s gives the columns that its header lists, and reads the tables that it names', async (name) => {
		const { question, row, reads, parameters, columns } = readHeader(readFileSync(path(name), 'utf8'));
		const result = await shop.process((context) =>
			runQuery(context, { file: path(name), param: [], engine: 'duckdb' }),
		);
		expect(result.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
		expect(question).toMatch(/^(Which|What|Who|Where|How|On which) .*\?$/);
		expect(row).toMatch(/^A row is /);
		expect(parameters.filter(({ value, meaning }) => value === null || meaning === '')).toEqual([]);
		const code = readFileSync(path(name), 'utf8').replace(/^--.*$/gm, '');
		const known = [...tables.map((table) => table.name), 'gadget_sales'];
		expect([...reads].sort()).toEqual(known.filter((table) => new RegExp(`\\b${table}\\b`).test(code)).sort());
	});

	it('sales-by-product compares the 30 days up to the newest order with the 30 days before', async () => {
		expect(await ask(shop, 'sales-by-product')).toEqual([
			'1,p4,Dice,Games,1,31,31.00,73.81,0,0.00,,2026-11-01,2026-11-30',
			'2,p2,Ball,Toys,1,6,6.00,14.29,0,0.00,,2026-11-01,2026-11-30',
			'3,p1,Top,Toys,2,2,5.00,11.90,2,6.00,-16.67,2026-11-01,2026-11-30',
			'4,p3,Chess,Games,0,0,0.00,0.00,1,2.00,-100.00,2026-11-01,2026-11-30',
		]);
		expect(await ask(shop, 'sales-by-product', 'top=1')).toHaveLength(1);
	});

	it('sales-by-category takes a range, and the range of the same length before it', async () => {
		expect(await ask(shop, 'sales-by-category')).toEqual([
			'Games,31,31.00,73.81,1,2.00,1450.00,2026-11-01,2026-11-30',
			'Toys,8,11.00,26.19,2,6.00,83.33,2026-11-01,2026-11-30',
		]);
		expect(await ask(shop, 'sales-by-category', 'from=2026-10-05', 'to=2026-11-03')).toEqual([
			'Toys,2,6.00,75.00,0,0.00,,2026-10-05,2026-11-03',
			'Games,1,2.00,25.00,0,0.00,,2026-10-05,2026-11-03',
		]);
		// The 57 days up to 10 October begin on 15 August.
		expect(await ask(shop, 'sales-by-category', 'from=2026-10-06', 'to=2026-12-31')).toEqual([
			'Games,32,33.00,66.00,1,7.00,371.43,2026-10-06,2026-11-30',
			'Toys,10,17.00,34.00,0,0.00,,2026-10-06,2026-11-30',
		]);
	});

	it('rounds a percentage of exactly half a hundredth up', async () => {
		const day = ['from=2026-11-05', 'to=2026-11-05'];
		expect(await ask(shop, 'sales-by-category', ...day)).toEqual([
			'Games,31,31.00,96.88,0,0.00,,2026-11-05,2026-11-05',
			'Toys,1,1.00,3.13,0,0.00,,2026-11-05,2026-11-05',
		]);
		expect(await ask(shop, 'revenue-by-category', ...day)).toEqual(['Games,31,31.00,96.88', 'Toys,1,1.00,3.13']);
		expect(await ask(shop, 'sales-performance', ...day)).toEqual([
			'1,p4,Dice,Games,1,31,31.00,96.88,96.88',
			'2,p1,Top,Toys,1,1,1.00,3.13,100.00',
		]);
	});

	it('total-revenue-by-category sums all dates', async () => {
		expect(await ask(shop, 'total-revenue-by-category')).toEqual(['Games,40.00', 'Toys,17.00']);
	});

	it('customer-lifetime-value gives the top tenth of the customers', async () => {
		expect(await ask(shop, 'customer-lifetime-value')).toEqual(['1,ann,2,40.00,20.00,2026-10-10,2026-11-05,70.18']);
		expect(await ask(shop, 'customer-lifetime-value', 'min_orders=3')).toEqual([]);
	});

	it('customer-cohorts follows each month’s new customers, with zeros for months in which they did not order', async () => {
		expect(await ask(shop, 'customer-cohorts')).toEqual([
			'2026-09-01,0,1,1,100.00,1,7.00,7.00',
			'2026-09-01,1,1,0,0.00,0,0.00,7.00',
			'2026-09-01,2,1,0,0.00,0,0.00,7.00',
			'2026-10-01,0,1,1,100.00,1,8.00,8.00',
			'2026-10-01,1,1,1,100.00,1,32.00,40.00',
			'2026-11-01,0,1,1,100.00,1,10.00,10.00',
		]);
		expect(await ask(shop, 'customer-cohorts', 'from=2026-10-11')).toEqual(['2026-11-01,0,1,1,100.00,1,10.00,10.00']);
	});

	it('customer-repeat-rate groups customers by their number of orders', async () => {
		expect(await ask(shop, 'customer-repeat-rate')).toEqual([
			'1,2,66.67,100.00,17.00,29.82,8.50',
			'2,1,33.33,33.33,40.00,70.18,40.00',
		]);
		expect(await ask(shop, 'customer-repeat-rate', 'most=1')).toEqual(['1,3,100.00,100.00,57.00,100.00,19.00']);
	});

	it('inventory gives what runs out within a week', async () => {
		expect(await ask(shop, 'inventory')).toEqual(['p2,Ball,Toys,1,6,6,5.0,2,1,low']);
	});

	it('inventory-overstock gives the surplus over 60 days of sales, and its value', async () => {
		expect(await ask(shop, 'inventory-overstock')).toEqual([
			'p4,Dice,Games,600,31,580.6,538,538.00,over',
			'p5,Kite,Toys,40,0,,40,399.60,idle',
			'p1,Top,Toys,100,2,1500.0,96,288.00,over',
		]);
		expect(await ask(shop, 'inventory-overstock', 'days=1500')).toEqual(['p5,Kite,Toys,40,0,,40,399.60,idle']);
	});

	it('inventory-by-category gives days of cover, and counts the products by status', async () => {
		expect(await ask(shop, 'inventory-by-category')).toEqual([
			'Toys,3,141,8,528.8,0,1,0,1,1,0',
			'Games,2,600,31,580.6,0,0,0,1,0,1',
		]);
	});

	it('event-funnel-by-category gives the rates of the 30 days up to the newest event', async () => {
		expect(await ask(shop, 'event-funnel-by-category')).toEqual([
			'Toys,3,2,1,66.67,50.00,33.33',
			'Games,1,0,0,0.00,,0.00',
			'(unknown),0,1,0,,0.00,',
		]);
		expect(await ask(shop, 'event-funnel-by-category', 'to=2026-10-31')).toEqual(['Games,1,0,0,0.00,,0.00']);
	});

	it('event-funnel-by-product names the products', async () => {
		expect(await ask(shop, 'event-funnel-by-product', 'from=2026-10-01')).toEqual([
			'1,p1,Top,Toys,3,2,1,66.67,50.00,33.33',
			'2,p4,Dice,Games,2,0,0,0.00,,0.00',
			'3,gone,,(unknown),0,1,0,,0.00,',
		]);
	});

	it('returns-by-category counts returned orders, units and revenue', async () => {
		expect(await ask(shop, 'returns-by-category')).toEqual([
			'Toys,2,1,50.00,8,7,11.00,10.00,100.00',
			'Games,1,0,0.00,31,0,31.00,0.00,0.00',
		]);
	});

	it('live-sales-by-hour gives the last 24 hours up to the newest one, without removals', async () => {
		expect(await ask(shop, 'live-sales-by-hour')).toEqual([
			'2026-11-30 09:00:00,Laptop,2,5,50.00',
			'2026-11-30 08:00:00,Phone,1,1,0.50',
			'2026-11-29 10:00:00,Phone,1,4,2.00',
		]);
	});
});

describe('anomalies', () => {
	let shop: GoldLake;
	beforeAll(async () => {
		const amounts = ['10.00', '10.00', '10.00', '10.00', '10.00', '10.00', '10.00', '10.00', '100.00', '1.00', '10.00'];
		const orders = amounts.map((amount, day) =>
			order(`o${day}`, `2026-11-${String(day + 1).padStart(2, '0')}`, 'ann', amount),
		);
		shop = await lakeOf({
			products: [product('p1', 'Top', 'Toys')],
			orders,
			order_items: orders.map((of) => line(of, 'p1', 1, String(of.total_amount))),
		});
	});
	afterAll(() => shop.dispose());

	it('gives spikes and drops with what was expected, the newest first', async () => {
		expect(await ask(shop, 'anomalies')).toEqual([
			'2026-11-10,Toys,1.00,10.00,-9.00,-9.00,drop',
			'2026-11-09,Toys,100.00,10.00,90.00,90.00,spike',
		]);
		expect(await ask(shop, 'anomalies', 'from=2026-11-10')).toHaveLength(1);
		expect(await ask(shop, 'anomalies', 'to=2026-11-09')).toEqual(['2026-11-09,Toys,100.00,10.00,90.00,90.00,spike']);
	});
});

describe('basket-pairs', () => {
	const baskets: readonly (readonly [status: string, ...products: string[]])[] = [
		['completed', 'p1', 'p2'],
		['completed', 'p1', 'p2', 'p3'],
		['returned', 'p1'],
		['completed', 'p3'],
		['cancelled', 'p1', 'p2'],
		['completed', 'p1', 'p1', 'p3'],
	];
	const thousand = Array.from({ length: 1000 }, (_, number) => `w${number}`);
	const shopOf = (all: typeof baskets) => {
		const orders = all.map(([status], number) => order(`o${number}`, '2026-11-20', 'ann', '1.00', status));
		return lakeOf({
			products: [...['p1', 'p2', 'p3'], ...thousand].map((id) => product(id, id.toUpperCase(), 'Toys')),
			orders,
			order_items: all.flatMap(([, ...ids], number) => ids.map((id) => line(orders[number] as Row, id, 1, '1.00'))),
		});
	};
	const expected = ['p1,P1,p2,P2,2,4,2,40.00,50.00,100.00,1.25', 'p1,P1,p3,P3,2,4,3,40.00,50.00,66.67,0.83'];

	it('gives support, confidence both ways and lift of the pairs in enough orders', async () => {
		const shop = await shopOf(baskets);
		expect(await ask(shop, 'basket-pairs', 'min_orders=2')).toEqual(expected);
		expect(await ask(shop, 'basket-pairs', 'min_orders=2', 'top=1')).toEqual(expected.slice(0, 1));
		expect(await ask(shop, 'basket-pairs', 'min_orders=2', 'max_products=2')).toEqual([]);
		expect(await ask(shop, 'basket-pairs')).toEqual([]);
		await shop.dispose();
	});

	it('leaves orders of a thousand products out', async () => {
		const shop = await shopOf([...baskets, ['completed', 'p1', 'p2', ...thousand], ['completed', 'p1', ...thousand]]);
		expect(await ask(shop, 'basket-pairs', 'min_orders=2')).toEqual(expected);
		await shop.dispose();
	});
});

describe('the queries of the specification', () => {
	it.each([
		[
			'total-revenue-by-category',
			`SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
`,
		],
		[
			'units-by-gadget',
			`SELECT product_name, SUM(quantity) as total_units
FROM gadget_sales
WHERE date = CURRENT_DATE
GROUP BY product_name
`,
		],
	])('%s is word for word', (name, sql) => {
		expect(readFileSync(path(name), 'utf8').replace(/^(--.*\n)*/, '')).toBe(sql);
	});
});

it('has every file of sql/analyses in the program', () => {
	expect([...analyses.keys()].sort()).toEqual(names.sort());
	for (const [name, { sql }] of analyses) expect(sql).toBe(readFileSync(path(name), 'utf8'));
});
