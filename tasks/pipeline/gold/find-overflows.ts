import type { Table } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import { whole } from '../../lake';
import { identifier } from '../../platform/duckdb/quote';
import { quoteValue } from '../../platform/quote-value';

/** The column by which a message names a row; the other tables have one row a date. */
const keyColumns: Readonly<Record<string, string>> = {
	gold_daily_sales: 'product_id',
	gold_category_kpis: 'category',
	gold_customer_daily: 'user_id',
	gold_customer_value: 'user_id',
	gold_inventory_health: 'product_id',
	gold_sales_anomalies: 'category',
	gold_live_anomalies: 'product_name',
};

/** Values that the reason of a partition names; it counts the others. */
const maxValuesNamed = 3;

/**
 * The partitions of a computed table with amounts that do not fit their columns, each with what does not fit.
 * Statements compute amounts in 38 digits, so every sum is exact.
 */
export async function findOverflows(
	engine: Pick<Engine, 'select'>,
	table: Table,
	rows: Relation,
): Promise<Map<string, string>> {
	const keyColumn = keyColumns[table.name];
	const overflows = overflowSql(table, keyColumn, rows);
	if (overflows === undefined) return new Map();
	const found = await engine.select(
		`select place, name, type, key, value, total from (
			select *, count(*) over (partition by place) as total, row_number() over (partition by place order by name, key) as number
			from (${overflows}) as overflows
		 ) as numbered where number <= ${maxValuesNamed} order by place, name, key`,
	);
	const byPartition = new Map<string, { readonly reasons: string[]; readonly total: number }>();
	for (const { place, name, type, key, value, total } of found) {
		const row = key === null ? '' : ` of ${keyColumn} ${quoteValue(String(key))}`;
		const overflow = byPartition.get(String(place)) ?? { reasons: [], total: Number(total) };
		overflow.reasons.push(`${name}${row} is ${value}, which does not fit ${type}`);
		byPartition.set(String(place), overflow);
	}
	return new Map(
		[...byPartition].map(([partition, { reasons, total }]) => {
			const others = total - reasons.length;
			return [partition, [...reasons, ...(others > 0 ? [`and ${others} more`] : [])].join('; ')] as const;
		}),
	);
}

/** Rows of `place` (the partition), `name`, `type`, `key` and `value` of each amount that does not fit its column. */
function overflowSql(
	{ columns, partition }: Table,
	keyColumn: string | undefined,
	{ name: rows }: Relation,
): string | undefined {
	const place = partition ? `cast(${identifier(partition.column)} as varchar)` : `'${whole}'`;
	const key = keyColumn === undefined ? 'cast(null as varchar)' : identifier(keyColumn);
	const selects = columns
		.filter(({ type }) => type.startsWith('decimal'))
		.map(({ name, type }) => {
			const value = identifier(name);
			return `select ${place} as place, '${name}' as name, '${type}' as type, ${key} as key, cast(${value} as varchar) as value
				from ${rows} where ${value} is not null and try_cast(${value} as ${type}) is null`;
		});
	return selects.length === 0 ? undefined : selects.join(' union all ');
}
