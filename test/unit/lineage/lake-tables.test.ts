import { readdirSync, readFileSync } from 'node:fs';
import { composeContracts, tables } from '../../../tasks/contracts';
import { optional, text as textField } from '../../../tasks/contracts/column';
import { parseStatement } from '../../../tasks/engine/statement';
import type { LakeTable } from '../../../tasks/lineage/lake-table';
import { listLakeTables } from '../../../tasks/lineage/lake-tables';
import { LineageParser } from '../../../tasks/lineage/parse-select';
import { type Derivation, inputRelation } from '../../../tasks/lineage/relation';
import { noProject, type Project, type ProjectGoldTable } from '../../../tasks/project';
import { MemoryLake } from '../../support/memory-lake';

const list = (project: Project): Promise<LakeTable[]> =>
	new MemoryLake().process(async (context) => listLakeTables(await context.duckdb(), project));

/** `silver_orders.status` copied, `f(…)` computed, `sum(…)` aggregated. */
const text = (from: Derivation): string =>
	from === undefined
		? 'not derived'
		: from
				.map(({ relation, column, how }) => {
					const source = `${relation}.${column ?? '*'}`;
					return { copied: source, computed: `f(${source})`, aggregated: `sum(${source})` }[how];
				})
				.sort()
				.join(' ');
const columnsOf = ({ columns, making }: LakeTable) =>
	Object.fromEntries(columns.map(({ name }) => [name, text(making.columns.get(name))]));

let lake: LakeTable[];
beforeAll(async () => {
	lake = await list(noProject);
});
const find = (id: string): LakeTable => lake.find((table) => table.id === id) as LakeTable;

// Read off the statements by hand.
test.each(
	Object.entries({
		gold_daily_sales: {
			category: 'silver_products.category',
			product_id: 'silver_products.product_id',
			product_name: 'silver_products.name',
			orders:
				'sum(silver_orders.*) sum(silver_products.*) sum(silver_products.category) sum(silver_products.product_id)',
			units: 'sum(silver_order_items.quantity)',
			amount: 'sum(silver_order_items.line_amount)',
			order_date: 'silver_orders.order_date',
		},
		gold_category_kpis: {
			category: 'silver_products.category',
			daily_revenue: 'sum(silver_order_items.line_amount)',
			// Lines of a category follow each other in an order, by the numbers of products.
			avg_order_value:
				'sum(silver_order_items.line_amount) sum(silver_orders.*) sum(silver_products.*) sum(silver_products.category) sum(silver_products.product_id)',
			avg_return_rate:
				'sum(silver_orders.*) sum(silver_orders.status) sum(silver_products.*) sum(silver_products.category) sum(silver_products.product_id)',
			order_date: 'silver_orders.order_date',
		},
		gold_order_kpis: {
			total_orders: 'sum(silver_orders.status)',
			total_revenue: 'sum(silver_orders.status) sum(silver_orders.total_amount)',
			total_items_sold: 'sum(silver_order_items.quantity)',
			return_rate: 'sum(silver_orders.status)',
			unique_customers: 'sum(gold_customer_daily.*)',
			order_date: 'silver_orders.order_date',
		},
		gold_customer_daily: {
			user_id: 'silver_orders.user_id',
			orders: 'sum(silver_orders.*)',
			revenue: 'sum(silver_orders.total_amount)',
			order_date: 'silver_orders.order_date',
		},
		gold_customer_value: {
			user_id: 'gold_customer_daily.user_id',
			first_order_date: 'sum(gold_customer_daily.order_date)',
			last_order_date: 'sum(gold_customer_daily.order_date)',
			orders: 'sum(gold_customer_daily.orders)',
			revenue: 'sum(gold_customer_daily.revenue)',
			avg_order_value: 'sum(gold_customer_daily.orders) sum(gold_customer_daily.revenue)',
			revenue_rank: 'sum(gold_customer_daily.*) sum(gold_customer_daily.revenue)',
			is_top_decile: 'sum(gold_customer_daily.*) sum(gold_customer_daily.revenue)',
		},
		gold_inventory_health: {
			product_id: 'silver_products.product_id',
			name: 'silver_products.name',
			category: 'silver_products.category',
			current_stock: 'silver_products.current_stock',
			units_7d: 'sum(gold_daily_sales.order_date) sum(gold_daily_sales.units) sum(silver_orders.order_date)',
			units_30d: 'sum(gold_daily_sales.units)',
			daily_demand: 'sum(gold_daily_sales.units)',
			days_of_cover: 'f(silver_products.current_stock) sum(gold_daily_sales.units)',
			forecasted_demand: 'sum(gold_daily_sales.order_date) sum(gold_daily_sales.units) sum(silver_orders.order_date)',
			status: 'f(silver_products.current_stock) sum(gold_daily_sales.units)',
		},
		gold_event_funnel: {
			category: 'f(silver_products.category)',
			product_id: 'gold_user_product_interactions.product_id',
			views: 'sum(gold_user_product_interactions.views)',
			carts: 'sum(gold_user_product_interactions.carts)',
			purchases: 'sum(gold_user_product_interactions.purchases)',
			view_to_cart: 'sum(gold_user_product_interactions.carts) sum(gold_user_product_interactions.views)',
			cart_to_purchase: 'sum(gold_user_product_interactions.carts) sum(gold_user_product_interactions.purchases)',
			event_date: 'gold_user_product_interactions.event_date',
		},
		gold_user_product_interactions: {
			user_id: 'silver_events.user_id',
			product_id: 'silver_events.product_id',
			views: 'sum(silver_events.event_type)',
			carts: 'sum(silver_events.event_type)',
			purchases: 'sum(silver_events.event_type)',
			last_event_time: 'sum(silver_events.event_time)',
			event_date: 'silver_events.event_date',
		},
		gold_sales_anomalies: {
			category: 'gold_category_kpis.category',
			amount:
				'sum(gold_category_kpis.daily_revenue) sum(gold_category_kpis.order_date) sum(gold_order_kpis.order_date)',
			expected: 'sum(gold_category_kpis.daily_revenue)',
			deviation:
				'sum(gold_category_kpis.daily_revenue) sum(gold_category_kpis.order_date) sum(gold_order_kpis.order_date)',
			direction:
				'sum(gold_category_kpis.daily_revenue) sum(gold_category_kpis.order_date) sum(gold_order_kpis.order_date)',
			order_date: 'gold_order_kpis.order_date',
		},
		gold_live_anomalies: {
			hour: 'f(silver_gadget_sales.event_time)',
			product_name: 'silver_gadget_sales.product_name',
			units: 'sum(silver_gadget_sales.event_time) sum(silver_gadget_sales.quantity)',
			expected: 'sum(silver_gadget_sales.quantity)',
			deviation: 'sum(silver_gadget_sales.event_time) sum(silver_gadget_sales.quantity)',
			direction: 'sum(silver_gadget_sales.event_time) sum(silver_gadget_sales.quantity)',
			sale_date: 'sum(silver_gadget_sales.sale_date)',
		},
	}),
)('the columns of %s come from those that its statement computes them from', (id, expected) => {
	expect(columnsOf(find(id))).toEqual(expected);
});

test('every table of Gold has such an expectation, and every column of the lake is derived', () => {
	expect(lake.filter(({ layer }) => layer === 'gold')).toHaveLength(10);
	const open = lake.flatMap(({ id, columns, making }) =>
		columns.flatMap(({ name }) => (making.columns.get(name) === undefined ? [`${id}.${name}`] : [])),
	);
	expect(open).toEqual([]);
});

test('the columns of Silver come from those of Bronze, and the date of an order line from its order', () => {
	expect(columnsOf(find('silver_order_items'))).toEqual({
		order_id: 'bronze_order_items.order_id',
		line_number: 'bronze_order_items.line_number',
		product_id: 'bronze_order_items.product_id',
		quantity: 'bronze_order_items.quantity',
		unit_price: 'bronze_order_items.unit_price',
		line_amount: 'f(bronze_order_items.quantity) f(bronze_order_items.unit_price)',
		order_date: 'silver_orders.order_date',
	});
});

test('a source is a column of a table that the table reads', () => {
	const names = new Map(lake.map(({ id, columns }) => [id, columns.map(({ name }) => name)]));
	for (const { id, making } of lake) {
		for (const { relation, column } of [...making.columns.values(), making.rows].flatMap((from) => from ?? [])) {
			expect([id, making.reads]).toEqual([id, expect.arrayContaining([relation])]);
			if (column !== null)
				expect([relation, names.get(relation)]).toEqual([relation, expect.arrayContaining([column])]);
		}
	}
});

test('no table is made from itself, by way of others either', () => {
	const reads = new Map(lake.map(({ id, making }) => [id, making.reads]));
	const upstream = (id: string, path: readonly string[]): string[] =>
		(reads.get(id) ?? []).flatMap((read) =>
			path.includes(read) ? [[...path, read].join(' ')] : upstream(read, [...path, read]),
		);
	expect([...reads.keys()].flatMap((id) => upstream(id, [id]))).toEqual([]);
});

describe('every statement of the product', () => {
	const statementsIn = (folder: string) =>
		readdirSync(`sql/${folder}`)
			.filter((name) => name.endsWith('.sql'))
			.map((name) => [`${folder}/${name}`, readFileSync(`sql/${folder}/${name}`, 'utf8')] as const);
	const withParser = <T>(work: (parser: LineageParser) => Promise<T>): Promise<T> =>
		new MemoryLake().process(async (context) => work(await LineageParser.create(await context.duckdb())));
	/** Any SQL in the place of a slot or an expression. */
	const filled = (sql: string) =>
		sql.replace(/\{\w+\(([^(){}]+)\)\}/g, 'f($1)').replace(/\{\w+\}/g, 'slot_of_a_contract');

	test('of Silver and Gold names no source but the inputs of its header', () =>
		withParser(async (parser) => {
			for (const [file, text] of [...statementsIn('silver'), ...statementsIn('gold')]) {
				const { inputs, sql } = parseStatement(text);
				const made = await parser.derive(filled(sql), new Map(inputs.map((name) => [name, inputRelation(name)])));
				const sources = [...(made.columns ?? []).map(({ from }) => from), made.rows, made.counted];
				const read = new Set(sources.flatMap((from) => from ?? []).map(({ relation }) => relation));
				expect([file, [...read].filter((name) => !inputs.includes(name))]).toEqual([file, []]);
			}
		}));

	test('that answers a question has columns that are all derived from the tables of the lake', () =>
		withParser(async (parser) => {
			const known = new Map(
				[...tables, { ...find('gadget_sales'), partition: null }].map(({ name, columns, partition }) => {
					const names = [...columns.map((column) => column.name), ...(partition ? [partition.column] : [])];
					return [name, inputRelation(name, names)] as const;
				}),
			);
			const open: string[] = [];
			for (const [file, text] of statementsIn('analyses')) {
				const sql = text.replaceAll('"ecommerce_analytics_db".', '').replace(/^--.*$/gm, '');
				const made = await parser.derive(sql.replace(/(?<!:):(\w+)/g, '$$$1'), known);
				if (!made.columns) open.push(file);
				for (const { name, from } of made.columns ?? []) if (from === undefined) open.push(`${file}: ${name}`);
			}
			expect(open).toEqual([]);
		}));
});

test('a project’s tables are among them, with what they read of the product’s', async () => {
	const own = (name: string, columns: string[], partition: 'order_date' | null, sql: string): ProjectGoldTable => ({
		...{ name, key: [], sql, file: `sql/gold/${name}.sql`, contract: `contracts/${name}.ts` },
		...{ audit: undefined, serving: undefined },
		table: {
			...{ name: `gold_${name}`, layer: 'gold', description: 'Own.' },
			columns: columns.map((column) => ({ name: column, type: 'string', nullable: true, description: 'Own.' })),
			partition: partition && { column: partition, description: 'The date.' },
		},
	});
	const goldTables = [
		own(
			'statuses',
			['status', 'orders'],
			'order_date',
			'-- Inputs: orders.\nselect order_date, status, count(*) as orders from orders group by all',
		),
		own(
			'best',
			['category'],
			null,
			'-- Inputs: category_kpis.\nselect category from category_kpis order by daily_revenue desc limit 1',
		),
	];
	const all = await list({ ...noProject, goldTables });
	const [statuses, best] = goldTables.map(({ table }) => all.find(({ id }) => id === table.name) as LakeTable);
	expect(columnsOf(statuses as LakeTable)).toEqual({
		status: 'silver_orders.status',
		orders: 'sum(silver_orders.*)',
		order_date: 'silver_orders.order_date',
	});
	expect(best?.making.reads).toEqual(['gold_category_kpis']);
	expect(text(best?.making.rows)).toBe('gold_category_kpis.daily_revenue');
});

test('a column that a project adds goes from what sources send to Silver', async () => {
	const fields = { channel: optional(textField('Where the order was placed.')) };
	const contracts = composeContracts({
		columns: [{ file: 'contracts/orders.ts', dataset: 'orders', fields }],
		datasets: [],
	});
	const all = await list({ ...noProject, contracts });
	const from = (id: string) => text(all.find((table) => table.id === id)?.making.columns.get('channel'));
	expect([from('silver_orders'), from('bronze_orders')]).toEqual(['bronze_orders.channel', 'records_orders.channel']);
});
