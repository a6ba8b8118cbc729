import auditSales from '../../../sql/gold/audit-sales.sql';
import categoryKpis from '../../../sql/gold/category-kpis.sql';
import countingLines from '../../../sql/gold/counting-lines.sql';
import countingOrders from '../../../sql/gold/counting-orders.sql';
import customerDaily from '../../../sql/gold/customer-daily.sql';
import dailySales from '../../../sql/gold/daily-sales.sql';
import numberedProducts from '../../../sql/gold/numbered-products.sql';
import orderKpis from '../../../sql/gold/order-kpis.sql';
import type { PartitionEntry } from '../../lake';
import { attach } from '../../lake/partitions';
import type { GoldRun } from './gold-run';
import { audit, materialize } from './materialize';
import { recomputeDates } from './recompute-dates';
import { type GoldSources, silverTables } from './sources';
import type { StaleDate } from './staleness';

/** The statements in their order, by the name of their result; each reads the results of those before it. */
const steps = {
	numbered_products: numberedProducts,
	counting_orders: countingOrders,
	counting_lines: countingLines,
	daily_sales: dailySales,
	category_kpis: categoryKpis,
	customer_daily: customerDaily,
	order_kpis: orderKpis,
};
const orderTables = ['daily_sales', 'category_kpis', 'order_kpis', 'customer_daily'] as const;

/** Recomputes the stale dates of the tables of orders, and audits the tables against each other. */
export async function recomputeOrderTables(
	run: GoldRun,
	{ silver_orders, silver_order_items, silver_products }: GoldSources,
	stale: readonly StaleDate[],
): Promise<void> {
	const { engine } = run;
	await recomputeDates(run, stale, {
		tables: orderTables,
		views: Object.keys(steps),
		rowsOn: (date) => (silver_orders.partitions[date]?.rows ?? 0) + (silver_order_items.partitions[date]?.rows ?? 0),
		compute: async (partitions) => {
			await Promise.all([
				attach(engine, silverTables.orders, silver_orders, { as: 'orders', partitions }),
				attach(engine, silverTables.order_items, silver_order_items, { as: 'order_items', partitions }),
				attach(engine, silverTables.products, silver_products, { as: 'products' }),
			]);
			for (const [name, sql] of Object.entries(steps)) await materialize(engine.duckdb, name, sql);
			await audit(engine.duckdb, auditSales);
		},
		readStats: async () => {
			const totals = await readTotalsByDate(run);
			return (table, date) => (table === 'order_kpis' ? totals.get(date) : undefined);
		},
	});
}

/** Orders and revenue by date, kept in the manifest so that sums over all days are audited without reading all days. */
async function readTotalsByDate({ engine }: GoldRun): Promise<Map<string, NonNullable<PartitionEntry['facts']>>> {
	const rows = await engine.duckdb.rows(
		'select cast(order_date as varchar) as order_date, total_orders, total_revenue from order_kpis',
	);
	return new Map(
		rows.map(({ order_date, total_orders, total_revenue }) => [
			String(order_date),
			{ orders: Number(total_orders), revenue: String(total_revenue) },
		]),
	);
}
