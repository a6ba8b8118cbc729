import type { TaskContext } from '../../tasks/context';
import { type DatasetName, datasetNames } from '../../tasks/contracts';
import { type Ledger, newAttempt } from '../../tasks/lake';
import { checkedJson } from '../../tasks/lake/checked-json';
import { batchManifestKey, recordsTable } from '../../tasks/lake/layout';
import type { BatchManifest, TableManifest } from '../../tasks/lake/model';
import { listDates } from '../../tasks/platform/dates';
import { publish } from './publish';

/** A shop of made-up figures, for tests of the report: what it sells between two dates. */
export interface ReportShop {
	readonly from: string;
	readonly to: string;
	/** The names of the categories; each has four products. */
	readonly categories?: readonly string[];
	/** Puts something else in the place of the first product's name and of the first customer's id. */
	readonly name?: string;
}

const usualCategories = [
	...[
		'Coffee',
		'Tea',
		'Mugs & Cups',
		'Grinders',
		'Chocolate',
		'Kettles',
		'Filters',
		'Books',
		'Gift cards',
		'Spare parts',
	],
];
const products = ['Harvest blend', 'House classic', 'Limited edition', 'Starter set'];

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const rows = (values: readonly (readonly (string | number)[])[]) =>
	values
		.map((row) => `(${row.map((value) => (typeof value === 'number' ? value : text(value))).join(', ')})`)
		.join(', ');

/** Publishes the Gold tables of the shop, and what became of its records. */
export async function publishShop(context: TaskContext, shop: ReportShop): Promise<void> {
	const sql = goldRows(shop);
	const lake = await context.lake();
	const dates = listDates(shop);
	await publish(context, Object.fromEntries(Object.entries(sql).map(([name, rows]) => [`gold_${name}`, { rows }])));
	const versions = { orders: 120, order_items: 260, events: 900, products: 40 } as const;
	const attempt = newAttempt();
	const admitted: Record<string, Ledger['admitted'][string]> = {};
	const tables: Record<string, TableManifest> = {};
	for (const dataset of ['orders', 'order_items', 'events'] as const satisfies readonly DatasetName[]) {
		const received = versions[dataset];
		admitted[dataset] = {};
		const partitions: Record<string, TableManifest['partitions'][string]> = {};
		for (const [index, date] of dates.entries()) {
			const rejected = index % 3;
			admitted[dataset][date] = { attempt, as_of: `${date}T00:00:00.000Z`, received, rejected };
			const late = index > 0 && dataset === 'orders' ? 2 : 0;
			const orphans = dataset === 'order_items' && index === dates.length - 1 ? 4 : 0;
			const own = { kept: received - rejected - late - 1 - orphans, duplicates: 1, superseded: 0, orphans };
			const next = dates[index + 1];
			const fromNext =
				dataset === 'orders' && next ? { [next]: { kept: 2, duplicates: 0, superseded: 0, orphans: 0 } } : {};
			partitions[date] = {
				version: attempt,
				files: [],
				rows: own.kept,
				fingerprint: '',
				labels: { [date]: own, ...fromNext },
			};
			if (rejected === 0) continue;
			const manifest: BatchManifest = {
				...{ format: 2, dataset, batch: date, attempt, contract: 2, as_of: `${date}T00:00:00.000Z`, sources: [] },
				...{ files: [], quarantine: [], received, fingerprint: '' },
				rejected: rejected === 1 ? { missing: 1 } : { range: 1, unparsable: 1 },
			};
			await lake.store.putText(batchManifestKey(dataset, date, attempt), checkedJson(manifest));
		}
		tables[recordsTable(dataset)] = { format: 2, table: recordsTable(dataset), contract: 2, partitions };
	}
	const empty = Object.fromEntries(datasetNames.map((name) => [name, {}]));
	const ledger: Ledger = {
		format: 2,
		ingested: { ...empty, ...admitted },
		admitted: { ...empty, ...admitted },
		left_out: {},
	};
	await lake.transact({ ...context.run, attempt }, async () => ({ ledger, tables }));
}

/** The rows of each Gold table, as SQL. Chance is a hash, so the figures are the same each time. */
function goldRows({ from, to, categories = usualCategories, name }: ReportShop): Record<string, string> {
	const catalogue = categories.flatMap((category, place) =>
		products.map((product, index): (string | number)[] => {
			const number = place * products.length + index;
			const title = number === 0 && name !== undefined ? name : `${product} ${category.toLowerCase()}`;
			return [`p${number + 1}`, title, category, number, place];
		}),
	);
	const chance = (...of: string[]) => `((hash(${of.join(" || '/' || ")}) % 1000) / 1000.0)`;
	const sales = `days as (
			select cast(unnest(generate_series(date ${text(from)}, date ${text(to)}, interval 1 day)) as date) as order_date
		),
		catalogue as (select * from (values ${rows(catalogue)}) as t (product_id, product_name, category, number, place)),
		sales as (
			select order_date, product_id, product_name, category, number, 4.5 + (number * 7 % 23) as price,
				cast(floor((12.0 / (1 + place)) * (case when dayofweek(order_date) in (0, 6) then 1.5 else 1 end)
					* (0.5 + ${chance('order_date::varchar', 'product_id')})
					* (case when order_date = date ${text(to)} - 9 and place = 1 then 6 when order_date = date ${text(to)} - 4 and place = 0 then 0.1 else 1 end)) as bigint) as units
			from days cross join catalogue
		),
		buyers as (
			select order_date, case when buyer = 1 then ${text(name ?? 'anna.k')} else 'customer-' || buyer end as user_id,
				cast(1 as bigint) as orders, round(12 + 160 * ${chance('buyer::varchar', 'order_date::varchar')} * (6.0 / (3 + buyer % 40)), 2) as revenue
			from days cross join range(1, 241) as t (buyer)
			where ${chance('order_date::varchar', 'buyer::varchar', "'x'")} < 1.6 / (8 + buyer % 60)
		)`;
	return {
		daily_sales: `with ${sales} select category, product_id, product_name, greatest(1, units // 2) as orders, units, units * price as amount, order_date from sales where units > 0`,
		order_kpis: `with ${sales}, items as (select order_date, sum(units) as units, sum(units * price) as amount from sales group by order_date)
			select items.order_date, count(*) as total_orders, max(amount) as total_revenue, max(items.units) as total_items_sold,
				3 + 4 * ${chance('items.order_date::varchar', "'r'")} as return_rate, count(distinct user_id) as unique_customers
			from items inner join buyers on buyers.order_date = items.order_date group by items.order_date`,
		customer_daily: `with ${sales} select * from buyers`,
		customer_value: `with ${sales} select user_id, min(order_date) as first_order_date, max(order_date) as last_order_date, sum(orders) as orders,
				sum(revenue) as revenue, round(sum(revenue) / sum(orders), 2) as avg_order_value, rank() over (order by sum(revenue) desc) as revenue_rank, false as is_top_decile
			from buyers group by user_id`,
		inventory_health: `with ${sales}, recent as (
				select product_id, product_name as name, category, sum(units) as units_30d, number from sales where order_date > date ${text(to)} - 30 group by all
			),
			stocked as (select *, cast(units_30d * ${chance('product_id', "'s'")} * 1.4 as int) * (case when number % 11 = 3 then 0 else 1 end) as current_stock from recent)
			select product_id, name, category, current_stock, units_30d // 4 as units_7d, units_30d, units_30d / 30 as daily_demand,
				round(current_stock * 30 / nullif(units_30d, 0), 1) as days_of_cover, units_30d // 4 as forecasted_demand,
				case when current_stock = 0 then 'out' when current_stock * 30 < units_30d * 7 then 'low' else 'ok' end as status
			from stocked`,
		event_funnel: `with ${sales} select category, product_id, units * 21 as views, units * 4 as carts, units as purchases,
				19.05 as view_to_cart, 25.0 as cart_to_purchase, order_date as event_date from sales where units > 0`,
		sales_anomalies: `with ${sales}, by_day as (select order_date, category, sum(units * price) as amount from sales group by all),
			compared as (select *, median(amount) over (partition by category) as expected from by_day)
			select category, amount, expected, (amount - expected) / (1 + 0.16 * expected) as deviation,
				case when (amount - expected) / (1 + 0.16 * expected) >= 6 then 'spike' when (amount - expected) / (1 + 0.16 * expected) <= -4 then 'drop' else 'none' end as direction, order_date
			from compared`,
	};
}
