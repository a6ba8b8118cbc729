import auditSales from '../../../sql/gold/audit-sales.sql';
import categoryKpis from '../../../sql/gold/category-kpis.sql';
import countingLines from '../../../sql/gold/counting-lines.sql';
import countingOrders from '../../../sql/gold/counting-orders.sql';
import customerDaily from '../../../sql/gold/customer-daily.sql';
import dailySales from '../../../sql/gold/daily-sales.sql';
import numberedProducts from '../../../sql/gold/numbered-products.sql';
import orderKpis from '../../../sql/gold/order-kpis.sql';
import { computeAll, type Engine, type Relation } from '../../engine';
import type { PartitionEntry } from '../../lake';
import { audit } from './audit';
import type { GoldRun } from './gold-run';
import { recomputeDates } from './recompute-dates';
import { type GoldSources, silverTables } from './sources';
import type { StaleDate } from './staleness';

/** The statements in their order, by the name of their result; each reads Silver and the results of those before it. */
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
	await recomputeDates(run, stale, {
		tables: orderTables,
		rowsOn: (date) => (silver_orders.partitions[date]?.rows ?? 0) + (silver_order_items.partitions[date]?.rows ?? 0),
		compute: async (engine, partitions) => {
			const [orders, order_items, products] = await Promise.all([
				engine.attach(silverTables.orders, silver_orders, partitions),
				engine.attach(silverTables.order_items, silver_order_items, partitions),
				engine.attach(silverTables.products, silver_products),
			]);
			const rows = await computeAll(engine, steps, { orders, order_items, products });
			const { daily_sales, category_kpis, order_kpis, customer_daily, counting_lines } = rows;
			await audit(engine, auditSales, { daily_sales, category_kpis, order_kpis, customer_daily, counting_lines });
			const totals = await readTotalsByDate(engine, order_kpis);
			return { rows, stats: (table, date) => (table === 'order_kpis' ? totals.get(date) : undefined) };
		},
	});
}

/** Orders and revenue by date, kept in the manifest so that sums over all days are audited without reading all days. */
async function readTotalsByDate(
	{ duckdb }: Engine,
	{ name }: Relation,
): Promise<Map<string, NonNullable<PartitionEntry['facts']>>> {
	const rows = await duckdb.rows(
		`select cast(order_date as varchar) as order_date, total_orders, total_revenue from ${name}`,
	);
	return new Map(
		rows.map(({ order_date, total_orders, total_revenue }) => [
			String(order_date),
			{ orders: Number(total_orders), revenue: String(total_revenue) },
		]),
	);
}
