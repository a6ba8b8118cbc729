/** An analysis with what it is asked. */
interface PortableAnalysis {
	/** The name of its file in `sql/analyses/`. */
	readonly name: string;
	/** Parameters, as `name=value`. */
	readonly param?: readonly string[];
	/** Tables whose rows stand in for the lake's, each as SQL. */
	readonly inputs?: Readonly<Record<string, string>>;
}

/** Days on which categories sold more and less than expected. */
const anomalies = `select category, cast(order_date as date) as order_date, cast(amount as decimal(18,2)) as amount,
	cast(expected as decimal(18,2)) as expected, cast(deviation as decimal(18,2)) as deviation, direction
	from (values
	('Toys', '2026-11-30', '100.00', '10.00', '90.00', 'spike'), ('Games', '2026-11-30', '0.00', '9.99', '-9.99', 'drop'),
	('Toys', '2026-11-01', '10.01', '10.00', '0.01', 'none'), ('Toys', '2026-11-02', '5.00', null, null, null),
	('Games', '2026-11-01', '50.00', '10.00', '40.00', 'spike'), ('Games', '2026-10-31', '50.00', '10.00', '40.00', 'spike')
) as days (category, order_date, amount, expected, deviation, direction)`;

const gadgetSales = `select product_name, quantity, cast(price as decimal(12,2)) as price, event_type,
	cast(event_time as timestamp) as event_time
	from (values
	('Laptop', 2, '429.99', 'INSERT', '2026-11-30 09:59:59'), ('Laptop', 3, '0.10', 'MODIFY', '2026-11-30 09:00:00'),
	('Phone', 1, '10.00', 'INSERT', '2026-11-29 10:00:00'), ('Phone', 1, '10.00', 'REMOVE', '2026-11-30 10:00:00'),
	('Phone', 1, '10.00', 'INSERT', '2026-11-29 09:59:59')
) as sales (product_name, quantity, price, event_type, event_time)`;

/** Shares of 3.125 % and 96.875 %, amounts beyond what a double holds, and a range before with half a hundredth of growth. */
const dailySales = `select category, product_id, product_name, cast(orders as bigint) as orders, cast(units as bigint) as units,
	cast(amount as decimal(18,2)) as amount, cast(order_date as date) as order_date
	from (values
	('Toys', 'p1', 'Top', 1, 1, '1.00', '2026-11-30'), ('Games', 'p2', 'Dice', 2, 31, '31.00', '2026-11-30'),
	('Toys', 'p1', 'Top', 1, 1, '0.97', '2026-11-29'), ('Games', 'p2', 'Dice', 2, 31, '32.00', '2026-11-29'),
	('Books', 'p3', 'Atlas', 1, 1, '9999999999999999.99', '2026-11-27'),
	('Books', 'p3', 'Atlas', 1, 1, '9999999999999999.97', '2026-11-26')
) as days (category, product_id, product_name, orders, units, amount, order_date)`;
const daily = { gold_daily_sales: dailySales };
const oneDay = ['from=2026-11-30'];

/** Every analysis: on the lake that the test makes, or on rows with what such a lake does not hold. */
export const analyses: readonly PortableAnalysis[] = [
	{ name: 'anomalies', inputs: { gold_sales_anomalies: anomalies } },
	{ name: 'basket-pairs', param: ['min_orders=1', 'top=5000'] },
	{ name: 'customer-cohorts' },
	{ name: 'customer-lifetime-value' },
	{ name: 'customer-repeat-rate' },
	{ name: 'event-funnel' },
	{ name: 'event-funnel-by-category' },
	{ name: 'event-funnel-by-product', param: ['top=1000'] },
	{ name: 'inventory' },
	{ name: 'inventory-by-category' },
	{ name: 'inventory-overstock', param: ['days=3'] },
	{ name: 'live-sales-by-hour', inputs: { silver_gadget_sales: gadgetSales } },
	{ name: 'returns-by-category' },
	{ name: 'revenue-by-category' },
	{ name: 'revenue-by-category', param: oneDay, inputs: daily },
	{ name: 'revenue-by-day' },
	{ name: 'revenue-by-day-and-category', param: ['top=2'] },
	{ name: 'sales-by-category' },
	{ name: 'sales-by-category', param: oneDay, inputs: daily },
	{ name: 'sales-by-category', param: ['to=2026-11-27', 'from=2026-11-27'], inputs: daily },
	{ name: 'sales-by-product', param: ['from=2026-11-20', 'top=1000'] },
	{ name: 'sales-by-product', param: oneDay, inputs: daily },
	{ name: 'sales-performance' },
	{ name: 'sales-performance', param: oneDay, inputs: daily },
	{ name: 'shop-performance' },
	{ name: 'shop-performance', param: ['from=2026-11-30', 'to=2026-11-30'] },
	{ name: 'top-customers', param: ['top=1000'] },
	{ name: 'total-revenue-by-category' },
	{ name: 'units-by-gadget' },
];

/** A statement that reads these rows instead of the tables of the lake. */
export function withInputs(sql: string, inputs: Readonly<Record<string, string>>): string {
	const tables = Object.entries(inputs).map(([name, rows]) => `${name} as (\n${rows}\n)`);
	return tables.length === 0 ? sql : sql.replace(/^with /m, `with ${tables.join(',\n')},\n`);
}
