import { type GoldTableName, goldTables, type Table } from '../../contracts';
import { whole } from '../../lake';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier } from '../../platform/duckdb/quote';
import { quoteValue } from '../../platform/quote-value';

/** The column by which a message names a row of a table; the other tables have one row a date. */
const keyColumns: Partial<Record<GoldTableName, string>> = {
	daily_sales: 'product_id',
	category_kpis: 'category',
	customer_daily: 'user_id',
	customer_value: 'user_id',
	inventory_health: 'product_id',
	sales_anomalies: 'category',
	live_anomalies: 'product_name',
};

/** Values that a reason names; it counts the others. */
const mostValues = 3;

/**
 * The partitions of a computed table whose amounts their columns can't hold, each with what does not fit. Statements
 * compute amounts in 38 digits, so that a sum is exact however large it is.
 */
export async function findOverflows(
	duckdb: DuckDb,
	table: GoldTableName,
	from: string = table,
): Promise<Map<string, string>> {
	const { columns, partition }: Table = goldTables[table];
	const place = partition ? `cast(${identifier(partition.column)} as varchar)` : `'${whole}'`;
	const keyColumn = keyColumns[table];
	const key = keyColumn === undefined ? 'cast(null as varchar)' : identifier(keyColumn);
	const found = columns
		.filter(({ type }) => type.startsWith('decimal'))
		.map(({ name, type }) => {
			const value = identifier(name);
			return `select ${place} as place, '${name}' as name, '${type}' as type, ${key} as key, cast(${value} as varchar) as value
				from ${identifier(from)} where ${value} is not null and try_cast(${value} as ${type}) is null`;
		});
	if (found.length === 0) return new Map();
	const rows = await duckdb.rows(
		`select place, name, type, key, value, count(*) over (partition by place) as total from (${found.join(' union all ')})
		 qualify row_number() over (partition by place order by name, key) <= ${mostValues} order by place, name, key`,
	);
	const reasons = new Map<string, string[]>();
	const totals = new Map<string, number>();
	for (const { place, name, type, key, value, total } of rows) {
		const of = key === null ? '' : ` of ${keyColumn} ${quoteValue(String(key))}`;
		const list = reasons.get(String(place)) ?? [];
		list.push(`${name}${of} is ${value}, which does not fit ${type}`);
		reasons.set(String(place), list);
		totals.set(String(place), Number(total));
	}
	return new Map(
		[...reasons].map(([place, list]) => {
			const others = (totals.get(place) ?? 0) - list.length;
			return [place, [...list, ...(others > 0 ? [`and ${others} more`] : [])].join('; ')] as const;
		}),
	);
}
