import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { productContracts } from '../../../tasks/contracts';
import { literals } from '../../../tasks/platform/duckdb/quote';
import { query, runQuery } from '../../../tasks/query';
import { tableColumns } from '../../../tasks/query/lake-tables';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { publish } from '../../support/publish';

const store = new MemoryStore();
let downloaded: string[] = [];
const { context, dispose } = testContext({
	store: store.door({
		before: (operation, key) => {
			if (operation === 'download') downloaded.push(key.split('/').slice(0, 2).join('_'));
		},
	}),
});
let folder: string;

/** The rows of a statement as CSV without its header, and the tables whose files were fetched for it. */
async function ask(sql: string, param: string[] = []) {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	downloaded = [];
	const [, ...lines] = (await query(context, { file, param, engine: 'duckdb', format: 'csv' }))
		.split('\r\n')
		.slice(0, -1);
	return { rows: lines, fetched: [...new Set(downloaded)].sort() };
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-forms-'));
	await publish(context, {
		gold_category_kpis: {
			rows: `select * from (values ('Toys', 10, 5, 0, '2026-11-20'), ('Games', 3, 3, 0, '2026-11-20'), ('Toys', 7, 7, 0, '2026-11-21'))
				as t (category, daily_revenue, avg_order_value, avg_return_rate, order_date)`,
		},
		gold_order_kpis: {
			rows: `select * from (values (2, 13, 4, 0, 2, '2026-11-20'), (1, 7, 2, 0, 1, '2026-11-21'))
				as t (total_orders, total_revenue, total_items_sold, return_rate, unique_customers, order_date)`,
		},
	});
});
afterAll(async () => {
	await dispose();
	await rm(folder, { recursive: true });
});

const both = ['gold_category_kpis', 'gold_order_kpis'];
const [categories, orders] = [['gold_category_kpis'], ['gold_order_kpis']];

it.each<[sql: string, rows: readonly string[], fetched: readonly string[]]>([
	[
		'select category, total_orders from gold_category_kpis join gold_order_kpis using (order_date) order by all',
		['Games,2', 'Toys,1', 'Toys,2'],
		both,
	],
	['select count(*) from gold_category_kpis natural join gold_order_kpis', ['3'], both],
	[
		'select category from gold_category_kpis semi join gold_order_kpis using (order_date) order by 1',
		['Games', 'Toys', 'Toys'],
		both,
	],
	['select category from gold_category_kpis anti join gold_order_kpis using (order_date)', [], both],
	[
		'select category, total_orders from gold_category_kpis asof join gold_order_kpis using (order_date) order by 1, 2',
		['Games,2', 'Toys,1', 'Toys,2'],
		both,
	],
	['select count(*) from gold_order_kpis positional join gold_category_kpis', ['3'], both],
	[
		'select * exclude (avg_return_rate) from gold_category_kpis order by 2, 1',
		['Games,3.00,3.00,2026-11-20', 'Toys,7.00,7.00,2026-11-21', 'Toys,10.00,5.00,2026-11-20'],
		categories,
	],
	[
		"select columns('daily.*|category') from gold_category_kpis order by daily_revenue limit 1",
		['Games,3.00'],
		categories,
	],
	['from gold_order_kpis select total_orders order by 1', ['1', '2'], orders],
	['table gold_order_kpis order by 1 limit 1', ['1,7.00,2,0.0000,1,2026-11-21'], orders],
	[
		'pivot gold_category_kpis on category using sum(daily_revenue) group by order_date order by order_date',
		['2026-11-20,3.00,10.00', '2026-11-21,,7.00'],
		categories,
	],
	[
		"from gold_category_kpis pivot (sum(daily_revenue) for category in ('Toys') group by order_date) order by 1",
		['2026-11-20,10.00', '2026-11-21,7.00'],
		categories,
	],
	[
		'with p as (pivot gold_category_kpis on category using sum(daily_revenue) group by order_date) select "Toys" from p order by 1',
		['7.00', '10.00'],
		categories,
	],
	[
		'unpivot gold_order_kpis on total_orders, total_items_sold into name n value v order by all',
		expect.any(Array),
		orders,
	],
	['select column_name, count from (summarize gold_order_kpis) limit 1', ['total_orders,2'], orders],
	[
		'select count(*) from gold_category_kpis a, lateral (select total_orders from gold_order_kpis b where b.order_date = a.order_date)',
		['3'],
		both,
	],
	[
		'with gold_order_kpis as (select * from gold_category_kpis) select count(*) from gold_order_kpis',
		['3'],
		categories,
	],
	[
		'with gold_order_kpis as (from ecommerce_analytics_db.gold_order_kpis) select count(*) from gold_order_kpis',
		['2'],
		orders,
	],
	[
		'select category from gold_category_kpis where order_date = (select max(order_date) from gold_order_kpis)',
		['Toys'],
		both,
	],
	['select exists (from gold_order_kpis) as e', ['true'], orders],
	['select count(*) from "ecommerce_analytics_db"."gold_order_kpis"', ['2'], orders],
	['select count(*) from memory.Ecommerce_Analytics_DB.GOLD_ORDER_KPIS', ['2'], orders],
	[
		'select count(*) from ecommerce_analytics_db.gold_category_kpis join "gold_order_kpis" using (order_date)',
		['3'],
		both,
	],
	[
		'with recursive n as (select 1 as i union all select i + 1 from n where i < (select count(*) from gold_order_kpis)) select max(i) from n',
		['2'],
		orders,
	],
	['values (1), (2)', ['1', '2'], []],
	[
		'\u00a0select\u00a0count(*)\u00a0from\u00a0gold_order_kpis\u00a0natural\u00a0join\u3000gold_category_kpis',
		['3'],
		both,
	],
	[
		'select category from gold_category_kpis qualify row_number() over (order by daily_revenue) = 1',
		['Games'],
		categories,
	],
	["from query_table('gold_order_kpis') select count(*)", ['2'], orders],
	["from query('select count(*) from gold_category_kpis join gold_order_kpis using (order_date)')", ['3'], both],
	[
		'select count(*) from (from gold_category_kpis select order_date union by name from gold_order_kpis select order_date)',
		['2'],
		both,
	],
	['select "gold_order_kpis".total_orders from gold_order_kpis order by 1', ['1', '2'], orders],
	["select 'gold_order_kpis' as gold_order_kpis", ['gold_order_kpis'], orders],
	['select column_name from (describe gold_order_kpis) limit 1', ['total_orders'], orders],
	['describe gold_order_kpis', expect.arrayContaining(['total_orders,BIGINT,YES,,,']), []],
	['describe "ecommerce_analytics_db".gold_order_kpis', expect.arrayContaining(['order_date,DATE,YES,,,']), []],
	['show tables', expect.arrayContaining(['gold_order_kpis', 'lake_batches', 'gadget_sales', 'silver_events']), []],
	["select count(*) > 20 from information_schema.tables where table_schema = 'ecommerce_analytics_db'", ['true'], []],
	['explain analyze select count(*) from gold_order_kpis', expect.any(Array), orders],
])('answers %s, and fetches what it needs', async (sql, rows, fetched) => {
	expect(await ask(sql)).toEqual({ rows, fetched });
});

it('binds parameters in a pivot whose columns are named', async () => {
	const sql = `-- :least decimal
pivot (from gold_category_kpis where daily_revenue >= :least) on category in ('Toys') using sum(daily_revenue) group by order_date order by 1`;
	expect(await ask(sql, ['least=8'])).toEqual({ rows: ['2026-11-20,10.00'], fetched: categories });
});

it.each([
	"from query_table('gold_order_' || 'kpis') join query_table('gold_category_' || 'kpis') using (order_date)",
	"select count(*) from query('from gold_order_' || 'kpis') natural join gold_category_kpis",
	"select category from gold_category_kpis anti join query('from gold_order_' || 'kpis') using (order_date)",
	"select count(*) from gold_category_kpis left join query('from gold_order_' || 'kpis') using (order_date) order by 1",
	"select 1 as one from gold_category_kpis natural join query('from gold_order_' || 'kpis') union all select 2 order by 1",
	"select (select max(total_orders) from query('from gold_order_' || 'kpis')) from gold_category_kpis order by 1",
])('fails rather than return no rows of a table whose name is computed: %s', async (sql) => {
	await expect(ask(sql)).rejects.toMatchObject({
		exitCode: 65,
		message: expect.stringMatching(/The statement reads gold_\w+ without its full name. Write out the table's name.$/),
	});
});

it.each([
	['select * from gold_order_kpi', 'Table with name gold_order_kpi does not exist! Did you mean "gold_order_kpis'],
	['select * from gold_category_kpis join gold_order_kpis using (nope)', 'nope'],
	['select * from gold_category_kpis join nowhere using (order_date)', 'Table with name nowhere does not exist'],
	['select $1', 'arameter'],
	['select ?', 'arameter'],
	['select * from', 'syntax error'],
])('says what is wrong with %s, exit code 65', async (sql, message) => {
	await expect(ask(sql)).rejects.toMatchObject({ exitCode: 65, message: expect.stringContaining(message) });
});

it('gives every table the same columns, downloaded or not', async () => {
	const outputColumns = async (condition: string) => {
		const file = join(folder, 'q.sql');
		await writeFile(
			file,
			`select table_name, column_name, data_type from information_schema.columns
			where table_catalog = 'temp' and ${condition} order by table_name, ordinal_position`,
		);
		return (await runQuery(context, { file, param: [], engine: 'duckdb' })).rows;
	};
	const columns = tableColumns(productContracts);
	const fetched = await outputColumns(`table_name in (${literals([...columns.keys()])})`);
	const notFetched = await outputColumns(`table_name <> 'delivered_live_orders'`);
	expect(fetched).toEqual(notFetched);
	const names = [...columns].flatMap(([name, columns]) => columns.map(([column]) => `${name}.${column}`));
	expect(notFetched.map(([name, column]) => `${name}.${column}`).sort()).toEqual(names.sort());
});
