import { readFileSync } from 'node:fs';
import { fill } from '../../tasks/platform/duckdb/fill';

/** A statement of `sql/` with the tables that it reads, each as SQL, in the order of their dependencies. */
export interface Portable {
	/** `gold/daily-sales`. */
	readonly name: string;
	readonly inputs: Readonly<Record<string, string>>;
	/** What goes into its `{slots}`. */
	readonly slots?: Readonly<Record<string, string>>;
	/** The columns to compare: by default all; those that number rows in an arbitrary order are left out. */
	readonly columns?: string;
	/** Whether there are no rows: an audit of tables that agree. */
	readonly isEmpty?: true;
}

export const statement = (name: string): string => readFileSync(`sql/${name}.sql`, 'utf8');

/** A query of a statement's rows over its inputs, the same text for every engine. */
export function portableQuery({ name, inputs, slots = {}, columns = '*' }: Portable): string {
	const sql = fill(statement(name), slots);
	const tables = [...Object.entries(inputs), ['computed', sql] as const];
	return `with ${tables.map(([table, text]) => `${table} as (\n${text}\n)`).join(',\n')}\nselect ${columns} from computed`;
}

const silver = {
	orders: 'select * from silver_orders',
	order_items: 'select * from silver_order_items',
	products: 'select * from silver_products',
	events: 'select * from silver_events',
};
const counting = {
	...silver,
	numbered_products: statement('gold/numbered-products'),
	counting_orders: statement('gold/counting-orders'),
	counting_lines: statement('gold/counting-lines'),
	counting_products: statement('gold/counting-products'),
};
const audited = {
	...counting,
	daily_sales: 'select * from gold_daily_sales',
	category_kpis: 'select * from gold_category_kpis',
	customer_daily: 'select * from gold_customer_daily',
	order_kpis: 'select * from gold_order_kpis',
};
const sampleDate = (day: number) => new Date(Date.UTC(2026, 8, 1 + day)).toISOString().slice(0, 10);
/** Days of customers: thirty of them, each with three or four orders' days. */
const before = Array.from({ length: 30 }, (_, user) => user).flatMap((user) =>
	[0, 1 + (user % 3), 5, ...(user % 2 ? [9] : [])].map((day) => ({
		user,
		day,
		cents: 1000 + ((user * 7919 + day * 31) % 5000),
	})),
);
/** The first date after a change: every third customer has lost it, every fifth has another amount, one is new. */
const firstDay = before.filter(({ day }) => day === 0);
const after = [
	...firstDay
		.filter(({ user }) => user % 3 !== 0)
		.map((row) => (row.user % 5 === 0 ? { ...row, cents: row.cents + 1 } : row)),
	{ user: 99, day: 0, cents: 5 },
];
const customerDays = (rows: typeof before) =>
	`select user_id, cast(order_date as date) as order_date, cast(1 as bigint) as orders, cast(revenue as decimal(18,2)) as revenue
	from (values ${rows.map(({ user, day, cents }) => `('u${user}', '${sampleDate(day)}', '${(cents / 100).toFixed(2)}')`).join(', ')})
		as days (user_id, order_date, revenue)`;
const customers = {
	customers_before: `select user_id, min(order_date) as first_order_date, max(order_date) as last_order_date,
		cast(sum(orders) as bigint) as orders, cast(sum(revenue) as decimal(18,2)) as revenue
		from (${customerDays(before)}) as days group by user_id`,
	customer_days_removed: customerDays(firstDay),
	customer_days_added: customerDays(after),
	customer_daily: customerDays([...before.filter(({ day }) => day !== 0), ...after]),
	unsettled_customers: statement('gold/unsettled-customers'),
	customer_spans: statement('gold/customer-spans'),
};

/** Forty days of three categories: one steady, one with a spike and a drop, one that began late and missed days. */
const history = Array.from({ length: 40 }, (_, day) => day).flatMap((day) => [
	['Steady', sampleDate(day), 1000 + (day % 7) * 3.33] as const,
	['Lively', sampleDate(day), day === 35 ? 9999.99 : day === 38 ? 0.01 : 500 + ((day * 37) % 100) / 8] as const,
	...(day > 25 && day % 3 !== 0 ? [['Young', sampleDate(day), 77.77 + day] as const] : []),
]);
const anomalies = {
	category_kpis: `select category, cast(order_date as date) as order_date, cast(revenue as decimal(18,2)) as daily_revenue
		from (values ${history.map(([category, date, revenue]) => `('${category}', '${date}', '${revenue.toFixed(2)}')`).join(', ')})
			as days (category, order_date, revenue)`,
	first_sales: 'select category, min(order_date) as first_sale from category_kpis group by category',
	anomaly_dates: 'select distinct order_date from category_kpis',
	windows: statement('gold/sales-windows'),
};

/** Amounts beyond what a double holds exactly, and sums beyond what a column of Gold holds. */
const largeAmounts = ['9999999999999999.99', '9999999999999999.97', '90071992547409.93', '0.01'];
const large = {
	numbered_products: `select cast(1 as int) as category_no, 'All' as category`,
	counting_lines: `select date '2026-09-01' as order_date, cast(1 as int) as product_no, cast(1 as int) as category_no,
		order_no, false as is_returned, cast(amount as decimal(18,2)) as line_amount
		from (values ${largeAmounts.map((amount, index) => `(${index}, '${amount}'), (${index + 7}, '0.00')`).join(', ')})
			as lines (order_no, amount)`,
	counting_products: statement('gold/counting-products'),
	customers_before: `select 'none' as user_id, cast(null as date) as first_order_date, cast(null as date) as last_order_date,
		cast(0 as bigint) as orders, cast(0 as decimal(18,2)) as revenue`,
	customer_days_removed: `select * from (${customerDays(before)}) as nothing where false`,
	// Each customer has one of the amounts, and ann all of them.
	customer_days_added: `select user_id, date '2026-09-01' as order_date, cast(3 as bigint) as orders,
		cast(amount as decimal(18,2)) as revenue
		from (values ${largeAmounts.map((amount, index) => `('u${index}', '${amount}'), ('ann', '${amount}')`).join(', ')})
			as days (user_id, amount)`,
	customer_spans: `select 'none' as user_id, cast(null as date) as first_order_date, cast(null as date) as last_order_date`,
	category_kpis: `select category, cast(order_date as date) as order_date, cast(revenue as decimal(18,2)) as daily_revenue
		from (values ${Array.from({ length: 12 }, (_, day) => `('All', '${sampleDate(day)}', '${largeAmounts[day % 4]}')`).join(', ')})
			as days (category, order_date, revenue)`,
};

/** Sixty hours of two products sold live, with a spike, hours without sales and a removal. */
const sales = Array.from({ length: 60 }, (_, hour) => hour).flatMap((hour) => {
	const time = new Date(Date.UTC(2026, 8, 1, hour, 17)).toISOString().slice(0, 19).replace('T', ' ');
	return [
		{ time, product: 'Laptop', units: hour === 50 ? 90 : 5 + (hour % 4), type: hour % 7 === 0 ? 'MODIFY' : 'INSERT' },
		...(hour % 5 < 2 ? [{ time, product: 'Phone', units: 1 + (hour % 3), type: 'INSERT' }] : []),
		...(hour === 30 ? [{ time, product: 'Phone', units: 7, type: 'REMOVE' }] : []),
	];
});
const live = {
	gadget_sales: `select cast(cast(sold_at as timestamp) as date) as sale_date, cast(sold_at as timestamp) as event_time,
		date_trunc('hour', cast(sold_at as timestamp)) as hour, product_name, quantity, event_type
		from (values ${sales.map(({ time, product, units, type }) => `('${time}', '${product}', ${units}, '${type}')`).join(', ')})
			as sales (sold_at, product_name, quantity, event_type)`,
	anomaly_dates: 'select distinct sale_date from gadget_sales',
	live_hours: statement('gold/live-hours'),
	first_sales: 'select product_name, min(hour) as first_hour from live_hours group by product_name',
	windows: statement('gold/live-windows'),
	anomalies: fill(statement('gold/anomalies'), {}),
};

/** Candidates of orders: copies, corrections, a key in two batches, one that can't win. */
const candidates = `select key_hash, order_id, status, rank, position, copies,
	cast(order_date as date) as order_date, cast(order_date as date) as partition_date
	from (values
	(1, 'o1', 'pending', 1, 0, 1, '2026-09-01'), (1, 'o1', 'completed', 1, 7, 2, '2026-09-02'),
	(1, 'o1', 'pending', 2, 3, 1, '2026-09-01'), (2, 'o2', 'pending', 1, 1, 1, '2026-09-01'),
	(3, 'o3', 'returned', 2, 1, 1, '2026-09-03'), (3, 'o3', 'cancelled', 3, 2, 3, '2026-09-03'),
	(3, 'o3', 'returned', 3, 4, 1, '2026-09-03'), (4, 'o4', 'pending', 2, 9, 4, '2026-09-04')
) as candidates (key_hash, order_id, status, rank, position, copies, order_date)`;
/** Candidates of order items: with and without a number, one whose order is not known, one whose product is not. */
const itemCandidates = `select key_hash, order_id, line_number, product_id, rank, position, copies, is_known,
	cast(order_date as date) as partition_date
	from (values
	(1, 'o1', 1, 'p1', 1, 0, 1, true, '2026-09-01'), (2, 'o1', null, 'p2', 1, 1, 1, true, '2026-09-01'),
	(3, 'o2', 1, 'p1', 1, 2, 2, true, '2026-09-02'), (4, 'o9', 1, 'p1', 2, 0, 1, true, null),
	(5, 'o2', 2, 'p9', 2, 1, 1, false, '2026-09-02'), (6, 'o2', 3, 'p2', 2, 2, 1, true, '2026-09-02')
) as candidates (key_hash, order_id, line_number, product_id, rank, position, copies, is_known, order_date)`;
/** A statement of Silver that others read. */
const filled = (name: string, slots: Readonly<Record<string, string>> = {}): string =>
	fill(statement(`silver/${name}`), slots);
const ranks = "select rank, concat('b', cast(rank as varchar)) as batch from (values (1), (2), (3)) as ranks (rank)";
const columns = 'order_id, status';
const winnersSlots = { columns: 'order_id, status, order_date', key: 'order_id' };
const contest = { candidates, contested_keys: statement('silver/contested-keys') };
const versions = { ...contest, versions: filled('winners', winnersSlots) };
const waitingItems = {
	candidates: statement('silver/orphans').replace('from candidates', `from (${itemCandidates}) as items`),
};
const singleRows = { ...versions, single_version_rows: filled('single-version-rows', { columns }) };
const singleCounts = { ...singleRows, single_counts: statement('silver/single-counts') };
/** What became of the orders, one of them an orphan, so that each statement has such a row. */
const resolved = {
	...singleRows,
	resolved_rows: `select order_id, status, rank, position, copies, is_first, is_last as is_winner, order_date as partition_date,
		'order' as waits_for, is_last and order_id = 'o4' as is_orphan from versions`,
	ranks,
};
const mainBatches = "select date '2026-09-01' as partition_date, 1 as rank";
const movedOrders = `select order_id, cast(old_date as date) as old_date, cast(new_date as date) as new_date from (values
	('o1', '2026-09-01', '2026-09-02'), ('o2', null, '2026-09-03'), ('o3', '2026-09-04', null), ('o4', null, '2026-09-05')
) as moved (order_id, old_date, new_date)`;
const orderKeys = `select key_hash, cast(home as date) as home from (values
	(1, '2026-09-01'), (1, '2026-09-02'), (2, '2026-09-03')) as order_keys (key_hash, home)`;
const ids = (...texts: readonly string[]) =>
	`select id as order_id, id as product_id from (values ${texts.map((text) => `('${text}')`).join(', ')}) as ids (id)`;
const stored = {
	ranks,
	version_history: `select order_id, status, order_date, concat('b', cast(rank as varchar)) as batch, position, copies
		from (${candidates}) as stored where key_hash <> 2`,
};
const productCandidates = `select product_id, name, rank, position from (values
	('p1', 'One', 1, 0), ('p1', 'Uno', 2, 0), ('p2', 'Two', 1, 1), ('p3', 'Three', 2, 1)
) as candidates (product_id, name, rank, position)`;
const products = {
	candidates: productCandidates,
	winners: filled('product-winners', { columns: 'product_id, name' }),
	ranks,
};
const id_order = "lpad(cast(length(order_id) as varchar), 4, '0') || order_id";
const key_hash = "case when order_id = 'o1' then 1 when order_id = 'o2' then 2 else 3 end";

const silverStatements: readonly Portable[] = [
	{
		name: 'silver/candidates',
		inputs: {
			records: candidates.replace(', cast(order_date as date) as partition_date', '').replace('key_hash, ', ''),
		},
		slots: { partition_date: 'cast(records.order_date as date)', key_hash },
	},
	{
		name: 'silver/item-candidates',
		inputs: {
			records: "select 'o1' as order_id, 'p1' as product_id, 1 as rank union all select 'o9', 'p9', 2",
			known_orders: "select 'o1' as order_id, date '2026-09-01' as order_date",
			known_products: "select 'p1' as product_id",
		},
		slots: { key_hash: '7' },
	},
	{
		name: 'silver/placed-candidates',
		inputs: {
			candidates: itemCandidates,
			late_orders: "select 'o9' as order_id, date '2026-09-09' as order_date",
		},
		slots: { columns: 'candidates.order_id, candidates.line_number' },
	},
	{
		name: 'silver/late-orders',
		inputs: {
			known_orders: 'select order_id, order_date from silver_orders',
			waiting_items: 'select max(order_id) as order_id from silver_orders',
		},
	},
	{ name: 'silver/waiting-items', inputs: { candidates: itemCandidates } },
	{ name: 'silver/partition-dates', inputs: { candidates: itemCandidates } },
	{ name: 'silver/contested-keys', inputs: { candidates } },
	{ name: 'silver/numbered-orders', inputs: { candidates: itemCandidates } },
	{
		name: 'silver/contested-item-keys',
		inputs: { ...waitingItems, numbered_orders: statement('silver/numbered-orders') },
	},
	{ name: 'silver/single-version-rows', inputs: contest, slots: { columns } },
	{ name: 'silver/single-counts', inputs: singleRows },
	{ name: 'silver/winners', inputs: contest, slots: winnersSlots },
	{ name: 'silver/order-dates', inputs: singleCounts },
	{ name: 'silver/resolved-orders', inputs: versions },
	{ name: 'silver/resolved-rows', inputs: versions, slots: { partition_date: 'cast(versions.order_date as date)' } },
	{ name: 'silver/orphans', inputs: { candidates: itemCandidates } },
	{
		name: 'silver/resolved-items',
		inputs: {
			...waitingItems,
			numbered_orders: statement('silver/numbered-orders'),
			versions: 'select *, key_hash <> 2 as is_last, true as is_first from candidates',
		},
	},
	{ name: 'silver/orphan-rows', inputs: resolved, slots: { columns, partition_column: 'order_date' } },
	{ name: 'silver/kept-rows', inputs: resolved, slots: { columns, partition_column: 'order_date' } },
	{ name: 'silver/outcomes', inputs: { ...resolved, ...singleCounts } },
	{
		name: 'silver/version-history',
		inputs: { ...resolved, main_batches: mainBatches },
		slots: { columns, content_date: '', partition_column: 'order_date' },
	},
	{
		name: 'silver/main-batches',
		inputs: { ranks, named_main_batches: "select date '2026-09-01' as partition_date, 'b2' as batch" },
	},
	{
		name: 'silver/stored-versions',
		inputs: { ...stored, removed_batches: "select 'b2' as batch" },
		slots: { content: 'order_id, status, order_date' },
	},
	{
		name: 'silver/stored-single-versions',
		inputs: {
			...stored,
			silver: `select order_id, status, order_date from (${candidates}) as stored`,
			main_batches: mainBatches,
		},
		slots: {
			content: 'order_id, status',
			partition_column: 'order_date',
			same_key: 'silver.order_id is not distinct from version_history.order_id',
		},
	},
	{ name: 'silver/possible-order-dates', inputs: { order_keys: orderKeys, ids: ids('o1', 'o8') }, slots: { key_hash } },
	{
		name: 'silver/order-keys',
		inputs: {
			merged_keys: orderKeys,
			moved_orders: movedOrders,
			added_dates: "select '2026-09-02' as new_date, 'moved' as kind union all select '2026-09-05', 'new'",
		},
		slots: { key_hash },
	},
	{ name: 'silver/added-order-dates', inputs: { moved_orders: movedOrders }, slots: { id_order } },
	{
		name: 'silver/key-runs',
		inputs: {
			key_ranges:
				"select 'r1' as run_name, '0002o1' as least_id, '0002o3' as most_id union all select 'r2', '0002o9', '0003o10'",
			ids: ids('o2', 'o8'),
		},
		slots: { id_order },
	},
	{
		name: 'silver/moved-orders',
		inputs: {
			orders_before: 'select order_id, order_date from silver_orders',
			orders_after: `select order_id, case when order_id < 'm' then order_date else date '2026-09-01' end as order_date
				from silver_orders where order_id <> (select max(order_id) from silver_orders)
				union all select 'new', date '2026-09-02'`,
		},
	},
	{ name: 'silver/moved-item-dates', inputs: { moved_orders: movedOrders, unplaced_items: ids('o2', 'o7') } },
	{
		name: 'silver/item-dates-of-products',
		inputs: {
			items: 'select * from silver_order_items',
			products: 'select min(product_id) as product_id from silver_order_items',
		},
	},
	{
		name: 'silver/stored-products',
		inputs: {
			products: "select 'p1' as product_id, 'One' as name union all select 'p2', 'Two'",
			product_batches: "select 'p1' as product_id, 'b2' as batch union all select 'p2', 'b1'",
			ranks,
		},
		slots: { columns: 'products.product_id, products.name' },
	},
	{ name: 'silver/product-winners', inputs: products, slots: { columns: 'product_id, name' } },
	{ name: 'silver/product-outcomes', inputs: products },
	{ name: 'silver/product-batches', inputs: products },
	{ name: 'silver/missing-products', inputs: { products: ids('p1', 'p2'), other_products: ids('p2', 'p3') } },
	{
		name: 'silver/unknown-keys',
		inputs: { ids: ids('p1', 'p1', 'p2'), known: ids('p2') },
		slots: { key: 'product_id' },
	},
];

/** Products that were renamed, and new ones. */
const renamed = {
	product_changes: `select product_id, product_id like '%5' as is_new from silver_products
		where product_id like '%5' or product_id like '%6'`,
};

/** Every statement of Gold, and those of Silver. */
export const portable: readonly Portable[] = [
	{ name: 'gold/numbered-products', inputs: silver },
	{ name: 'gold/counting-orders', inputs: silver, columns: 'order_date, order_id, is_returned' },
	{
		name: 'gold/counting-lines',
		inputs: counting,
		columns: 'order_date, is_returned, product_no, category_no, quantity, line_amount',
	},
	{ name: 'gold/counting-products', inputs: counting },
	{ name: 'gold/daily-sales', inputs: counting },
	{ name: 'gold/category-kpis', inputs: counting },
	{
		name: 'gold/category-kpis',
		inputs: {
			numbered_products: large.numbered_products,
			counting_lines: large.counting_lines,
			counting_products: large.counting_products,
		},
	},
	{ name: 'gold/customer-daily', inputs: silver },
	{ name: 'gold/order-kpis', inputs: { ...counting, customer_daily: statement('gold/customer-daily') } },
	{ name: 'gold/order-totals', inputs: audited },
	{ name: 'gold/audit-sales', inputs: audited, isEmpty: true },
	{
		// Wrong on purpose, so that there are rows to compare.
		name: 'gold/audit-sales',
		inputs: {
			...audited,
			order_kpis: `select order_date, 1 as total_orders, cast(2 as decimal(18,2)) as total_revenue, 3 as total_items_sold
				from gold_order_kpis`,
		},
	},
	{ name: 'gold/unsettled-customers', inputs: customers },
	{ name: 'gold/customer-spans', inputs: customers },
	{ name: 'gold/customer-value', inputs: customers },
	{
		name: 'gold/audit-customers',
		inputs: {
			customer_value: 'select * from gold_customer_value',
			order_totals: `select total_orders as orders, cast(total_revenue as decimal(38,2)) as revenue from gold_order_kpis`,
		},
		isEmpty: true,
	},
	{
		// Wrong on purpose, so that there are rows to compare.
		name: 'gold/audit-customers',
		inputs: {
			customer_value: 'select * from gold_customer_value',
			order_totals: 'select cast(1 as bigint) as orders, cast(2 as decimal(38,2)) as revenue',
		},
	},
	{
		name: 'gold/inventory-health',
		inputs: {
			products: 'select * from silver_products',
			daily_sales: 'select * from gold_daily_sales',
			newest_order_date: 'select max(order_date) as order_date from silver_orders',
		},
	},
	{
		name: 'gold/customer-value',
		inputs: {
			customers_before: large.customers_before,
			customer_days_removed: large.customer_days_removed,
			customer_days_added: large.customer_days_added,
			customer_spans: large.customer_spans,
		},
	},
	{ name: 'gold/sales-days', inputs: anomalies },
	{ name: 'gold/sales-windows', inputs: anomalies },
	{ name: 'gold/anomalies', inputs: anomalies },
	{ name: 'gold/sales-anomalies', inputs: { ...anomalies, anomalies: fill(statement('gold/anomalies'), {}) } },
	{
		name: 'gold/sales-anomalies',
		inputs: { ...anomalies, category_kpis: large.category_kpis, anomalies: fill(statement('gold/anomalies'), {}) },
	},
	{ name: 'gold/live-hours', inputs: { gadget_sales: live.gadget_sales } },
	{ name: 'gold/first-hours', inputs: live },
	{ name: 'gold/live-windows', inputs: live },
	{ name: 'gold/live-anomalies', inputs: live },
	{
		name: 'gold/audit-live',
		inputs: { ...live, live_anomalies: 'select sale_date, units + 1 as units from live_hours' },
	},
	{ name: 'gold/user-product-interactions', inputs: silver },
	{
		name: 'gold/event-funnel',
		inputs: { ...silver, user_product_interactions: statement('gold/user-product-interactions') },
	},
	{
		name: 'gold/unknown-products',
		inputs: { event_funnel: 'select * from gold_event_funnel', products: 'select * from silver_products' },
	},
	{
		name: 'gold/audit-events',
		inputs: {
			...silver,
			event_funnel: 'select event_date, views + 1 as views, carts, purchases from gold_event_funnel',
		},
	},
	{
		name: 'gold/product-changes',
		inputs: {
			products_after: 'select product_id, name, category from silver_products',
			products_before: `select product_id, case when product_id < 'p0100' then 'Other' else name end as name,
				case when product_id > 'p0300' then null else category end as category
				from products_after where product_id <> (select max(product_id) from products_after)
				union all select 'gone', 'Gone', 'Toys'`,
		},
	},
	{ name: 'gold/product-change-counts', inputs: renamed },
	{
		name: 'gold/dates-of-changes',
		inputs: { ...renamed, product_rows: 'select * from gold_event_funnel' },
		slots: { date: 'event_date' },
	},
	...silverStatements,
];
