import type { BenchLake } from './lake';

/** The column of each table whose sum is compared. `bench/peers/table_sums.py` has the same list. */
const compared = {
	silver_orders: 'total_amount',
	silver_order_items: 'line_amount',
	silver_products: 'price',
	gold_daily_sales: 'amount',
	gold_category_kpis: 'avg_order_value',
	gold_order_kpis: 'total_revenue',
	gold_customer_daily: 'revenue',
	gold_customer_value: 'avg_order_value',
	gold_inventory_health: 'daily_demand',
	gold_sales_anomalies: 'amount',
};

/** Rows and a sum of every table of a day. */
export type DayTables = Readonly<Record<string, { readonly rows: number; readonly sum: string }>>;

/** Reads the figures of a lake. */
export async function readDayTables(lake: BenchLake): Promise<DayTables> {
	const selects = Object.entries(compared).map(
		([table, column]) =>
			`select '${table}' as name, count(*) as n, cast(cast(sum(${column}) as decimal(38,4)) as varchar) as total from ${table}`,
	);
	const rows = await lake.rows(selects.join('\nunion all\n'));
	return Object.fromEntries(rows.map(({ name, n, total }) => [name, { rows: Number(n), sum: String(total) }]));
}

/** Throws unless all contenders have the same rows and sums in every table. */
export function requireSameTables(tables: ReadonlyMap<string, DayTables>): void {
	const [[first, expected] = ['nobody', {}], ...others] = tables;
	for (const [other, found] of others) {
		for (const table of Object.keys(compared)) {
			const figures = [JSON.stringify(expected[table]), JSON.stringify(found[table])];
			if (figures[0] === undefined || figures[0] !== figures[1]) {
				throw new Error(`${first} and ${other} differ in ${table}: ${figures.join(', ')}`);
			}
		}
	}
}
