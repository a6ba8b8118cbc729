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
import { chunkDates, partitionsToCompute } from './date-chunks';
import type { GoldRun } from './gold-run';
import { audit, materialize, release } from './materialize';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import { type GoldSources, silverTables } from './sources';
import type { StaleDate } from './staleness';
import { writeTable } from './write-table';

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

/**
 * Computes the stale dates of the tables of orders, in chunks, and audits the tables against each other. Their figures
 * have to agree, so a date is published in all of them or in none.
 */
export async function recomputeOrderTables(
	run: GoldRun,
	sources: GoldSources,
	stale: readonly StaleDate[],
): Promise<void> {
	const rowsOn = (date: string) =>
		(sources.silver_orders.partitions[date]?.rows ?? 0) + (sources.silver_order_items.partitions[date]?.rows ?? 0);
	await computeOrRefuse(run, orderTables, chunkDates(stale, rowsOn), (dates) =>
		computeChunk(run, sources, stale, dates),
	);
}

async function computeChunk(
	run: GoldRun,
	sources: GoldSources,
	stale: readonly StaleDate[],
	partitions: readonly string[],
): Promise<void> {
	const { bench } = run;
	const { duckdb } = bench;
	await Promise.all([
		attach(bench, silverTables.orders, sources.silver_orders, { as: 'orders', partitions }),
		attach(bench, silverTables.order_items, sources.silver_order_items, { as: 'order_items', partitions }),
		attach(bench, silverTables.products, sources.silver_products, { as: 'products' }),
	]);
	for (const [name, sql] of Object.entries(steps)) await materialize(duckdb, name, sql);
	await audit(duckdb, auditSales);
	const fitting = await refuseOverflows(run, orderTables, partitions);
	const totals = await readTotalsByDate(run);
	for (const table of orderTables) {
		const stats = table === 'order_kpis' ? (date: string) => totals.get(date) : undefined;
		await writeTable(run, table, partitionsToCompute(stale, table, fitting), stats);
	}
	await release(duckdb, Object.keys(steps));
}

/** Orders and revenue by date, kept in the manifest so that sums over all days are audited without reading all days. */
async function readTotalsByDate({ bench }: GoldRun): Promise<Map<string, NonNullable<PartitionEntry['facts']>>> {
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
