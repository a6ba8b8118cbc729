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
import { computeEach } from '../../platform/compute-each';
import { audit, materialize, release } from './materialize';
import { datesInPortions, listTargets, type StaleDate } from './portions';
import { type Sources, silverTables } from './sources';
import { refuseOverflows, refuseTogether, type Work, writeTable } from './write-table';

/** Each statement reads what the ones before it left. */
const steps = {
	numbered_products: numberedProducts,
	counting_orders: countingOrders,
	counting_lines: countingLines,
	daily_sales: dailySales,
	category_kpis: categoryKpis,
	customer_daily: customerDaily,
	order_kpis: orderKpis,
};
const salesTables = ['daily_sales', 'category_kpis', 'order_kpis', 'customer_daily'] as const;

/**
 * Computes the stale dates of the tables of orders, many dates at once, and audits them against each other. As their
 * figures agree, a date of these tables is published in all of them or in none.
 */
export async function restateSales(work: Work, sources: Sources, stale: readonly StaleDate[]): Promise<void> {
	const rowsOn = (date: string) =>
		(sources.silver_orders.partitions[date]?.rows ?? 0) + (sources.silver_order_items.partitions[date]?.rows ?? 0);
	for (const portion of datesInPortions(stale, rowsOn)) {
		await computeEach(
			portion,
			(partitions) => restatePortion(work, sources, stale, partitions),
			refuseTogether(work, salesTables),
		);
	}
}

async function restatePortion(
	work: Work,
	sources: Sources,
	stale: readonly StaleDate[],
	partitions: readonly string[],
): Promise<void> {
	const { bench } = work;
	const { duckdb } = bench;
	await Promise.all([
		attach(bench, silverTables.orders, sources.silver_orders, { as: 'orders', partitions }),
		attach(bench, silverTables.order_items, sources.silver_order_items, { as: 'order_items', partitions }),
		attach(bench, silverTables.products, sources.silver_products, { as: 'products' }),
	]);
	for (const [name, sql] of Object.entries(steps)) await materialize(duckdb, name, sql);
	await audit(duckdb, auditSales);
	const fitting = await refuseOverflows(work, salesTables, partitions);
	const totals = await totalsByDate(work);
	for (const table of salesTables) {
		const facts = table === 'order_kpis' ? (date: string) => totals.get(date) : undefined;
		await writeTable(work, table, listTargets(stale, table, fitting), facts);
	}
	await release(duckdb, Object.keys(steps));
}

/** Orders and revenue by date: with them the sums over all days can be audited without reading all days. */
async function totalsByDate({ bench }: Work): Promise<Map<string, NonNullable<PartitionEntry['facts']>>> {
	const rows = await bench.duckdb.rows(
		'select cast(order_date as varchar) as order_date, total_orders, total_revenue from order_kpis',
	);
	return new Map(
		rows.map(({ order_date, total_orders, total_revenue }) => [
			String(order_date),
			{ orders: Number(total_orders), revenue: String(total_revenue) },
		]),
	);
}
