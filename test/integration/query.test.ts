import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskContext } from '../../tasks/context';
import { crawl } from '../../tasks/pipeline/catalog';
import { type QueryEngine, query, queryEngines } from '../../tasks/query';
import { deployLake, lakeContext } from '../support/aws-lake';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { publish } from '../support/publish';
import type { Server } from '../support/server';

let aws: Server;
let context: TaskContext;
let dispose: () => Promise<void>;
let folder: string;

const ask = (file: string, engine: QueryEngine, param: string[] = []) =>
	query(context, { file, param, engine, format: 'csv' });
const run = async (sql: string, engine: QueryEngine, param: string[] = []) => {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	return ask(file, engine, param);
};

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	({ context, dispose } = lakeContext('query', await deployLake('queried-lake')));
	folder = await mkdtemp(join(tmpdir(), 'shoplake-query-'));
	const sales = `(values
		('Toys', 'p1', 'Top', 2, 3, 30.50, '2026-11-20'),
		('Games', 'p2', 'Chess, large', 1, 1, 9.90, '2026-11-20'),
		('Toys', 'p1', 'Top', 1, 1, 10.10, '2026-11-21')
	) as sales (category, product_id, product_name, orders, units, amount, order_date)`;
	const customers = `(values
		('u1', '2026-11-20', '2026-11-21', 2, 40.60, 20.30, 1, true),
		('u2', '2026-11-20', '2026-11-20', 1, 9.90, 9.90, 2, false)
	) as customers (user_id, first_order_date, last_order_date, orders, revenue, avg_order_value, revenue_rank, is_top_decile)`;
	const stock = `(values
		('p1', 'Top', 'Toys', 3, 4, 30, 1.0000, 3.0, 8, 'low'),
		('p2', 'Chess, large', 'Games', 40, 1, 10, 0.3333, 120.0, 3, 'over'),
		('p3', 'Kite', 'Toys', null, 0, 5, 0.1667, null, 1, 'unknown'),
		('p4', 'Ball', 'Toys', 0, 0, 6, 0.2000, 0.0, 2, 'out')
	) as stock (product_id, name, category, current_stock, units_7d, units_30d, daily_demand, days_of_cover, forecasted_demand, status)`;
	const events = `(values
		('e1', 'purchase', 'u1', 'p1', '2026-11-20 10:00:00', null, 1, 10.10, '2026-11-20'),
		('e2', 'product_view', 'u"2', 'p1', '2026-11-20 10:00:00.5', '', null, null, '2026-11-20')
	) as events (event_id, event_type, user_id, product_id, event_time, session_id, quantity, price, event_date)`;
	// Published twice, so that files of a former version lie beside the current ones.
	for (const _ of ['former', 'current']) {
		await publish(context, {
			gold_daily_sales: { rows: `select * from ${sales}` },
			gold_customer_value: { rows: `select * from ${customers}` },
			gold_inventory_health: { rows: `select * from ${stock}` },
			silver_events: { rows: `select * from ${events}` },
			silver_products: {
				rows: `select 'p1' as product_id, 'Top' as name, 'Toys' as category, 10.10 as price, 4.1 as rating, null as current_stock, null as forecasted_demand`,
			},
		});
		await crawl(context);
	}
}, 600_000);
afterAll(async () => {
	await dispose();
	await aws.stop();
	await rm(folder, { recursive: true });
});

describe.each(queryEngines)('%s', (engine) => {
	it('answers the first query of the documentation word for word', async () => {
		const sql = `SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;`;
		expect(await run(sql, engine)).toBe('category,total_revenue\r\nToys,40.60\r\nGames,9.90\r\n');
	});

	it('writes every type alike', async () => {
		const sql = 'select * from silver_events order by event_id';
		expect(await run(sql, engine)).toBe(
			'event_id,event_type,user_id,product_id,event_time,session_id,quantity,price,event_date\r\n' +
				'e1,purchase,u1,p1,2026-11-20 10:00:00,,1,10.10,2026-11-20\r\n' +
				'e2,product_view,"u""2",p1,2026-11-20 10:00:00.5,"",,,2026-11-20\r\n',
		);
		const whole = `select rating, current_stock, price * 3 as thrice, count(*) over () as n, price > 5 as dear from silver_products`;
		expect(await run(whole, engine)).toBe('rating,current_stock,thrice,n,dear\r\n4.1,,30.30,1,true\r\n');
	});

	it('takes parameters of every type', async () => {
		const sql = `-- :day date
-- :least decimal = 0.5
-- :times int = 2
select product_name, units * :times as twice from gold_daily_sales
where order_date = :day and amount > :least and product_name <> :not_this`;
		expect(await run(sql, engine, ['day=2026-11-20', "not_this=O'Top"])).toMatch(
			/^product_name,twice\r\n(Top,6\r\n"Chess, large",2|"Chess, large",2\r\nTop,6)\r\n$/,
		);
	});

	it('pages through more rows than one answer of Athena holds', async () => {
		const sql = `with digits (d) as (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
select a.d + 10 * b.d + 100 * c.d + 1000 * e.d as n
from digits as a cross join digits as b cross join digits as c cross join digits as e
where e.d < 3 order by n`;
		const rows = (await run(sql, engine)).split('\r\n');
		expect([rows[0], rows[1], rows[1001], rows[3000], rows.length]).toEqual(['n', '0', '1000', '2999', 3002]);
	});

	it('refuses bad SQL with exit code 65', async () => {
		await expect(run('select nope from gold_daily_sales', engine)).rejects.toMatchObject({
			message: expect.stringContaining('nope'),
			exitCode: 65,
		});
	});

	it('revenue-by-category', async () => {
		expect(await ask('sql/analyses/revenue-by-category.sql', engine)).toBe(
			'category,units,revenue,percent_of_revenue\r\nToys,4,40.60,80.40\r\nGames,1,9.90,19.60\r\n',
		);
		expect(await ask('sql/analyses/revenue-by-category.sql', engine, ['from=2026-11-21'])).toBe(
			'category,units,revenue,percent_of_revenue\r\nToys,1,10.10,100.00\r\n',
		);
	});

	it('sales-performance', async () => {
		expect(await ask('sql/analyses/sales-performance.sql', engine, ['top=1'])).toBe(
			'place,product_id,product_name,category,orders,units,revenue,percent_of_revenue,percent_so_far\r\n' +
				'1,p1,Top,Toys,3,4,40.60,80.40,80.40\r\n',
		);
	});

	it('customer-lifetime-value', async () => {
		expect(await ask('sql/analyses/customer-lifetime-value.sql', engine)).toBe(
			'revenue_rank,user_id,orders,revenue,avg_order_value,first_order_date,last_order_date,percent_of_revenue\r\n' +
				'1,u1,2,40.60,20.30,2026-11-20,2026-11-21,80.40\r\n',
		);
	});

	it('inventory', async () => {
		expect(await ask('sql/analyses/inventory.sql', engine)).toBe(
			'product_id,name,category,current_stock,units_7d,units_30d,days_of_cover,forecasted_demand,units_short,status\r\n' +
				'p4,Ball,Toys,0,0,6,0.0,2,2,out\r\n' +
				'p1,Top,Toys,3,4,30,3.0,8,5,low\r\n',
		);
	});
});

it('reads no earlier head on Athena', async () => {
	const file = join(folder, 'at.sql');
	await writeFile(file, 'select 1 as one');
	await expect(query(context, { file, param: [], engine: 'athena', format: 'csv', at: 1 })).rejects.toMatchObject({
		message: 'Athena reads the head that crawl last published; --at works with --engine duckdb.',
		exitCode: 64,
	});
});
