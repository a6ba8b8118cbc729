import type { SqlType, TableColumn } from './column';
import type { Table } from './table';

const column = (name: string, type: SqlType, description: string): TableColumn => ({
	name,
	type,
	nullable: false,
	description,
});
const nullable = (name: string, type: SqlType, description: string): TableColumn => ({
	...column(name, type, description),
	nullable: true,
});

const byOrderDate = { column: 'order_date', description: 'The UTC date of the orders.' };
const bySaleDate = { column: 'sale_date', description: 'The UTC date of the hours.' };
const byEventDate = { column: 'event_date', description: 'The UTC date of the events.' };

const gold = (name: string, partition: Table['partition'], description: string, columns: TableColumn[]): Table => ({
	name: `gold_${name}`,
	layer: 'gold',
	description,
	columns,
	partition,
});

/** Every Gold table, by its name without the layer. All figures of orders are over orders that are not cancelled. */
export const goldTables = {
	daily_sales: gold('daily_sales', byOrderDate, 'What each product sold on a date: one row per product.', [
		column('category', 'string', 'The product’s current category.'),
		column('product_id', 'string', 'The product.'),
		column('product_name', 'string', 'The product’s current name.'),
		column('orders', 'bigint', 'Counting orders with the product.'),
		column('units', 'bigint', 'Units sold.'),
		column('amount', 'decimal(18,2)', 'Σ quantity × unit price.'),
	]),
	category_kpis: gold('category_kpis', byOrderDate, 'KPIs of each category on a date: one row per category.', [
		column('category', 'string', 'The category.'),
		column('daily_revenue', 'decimal(18,2)', 'Σ line amounts of the category.'),
		column('avg_order_value', 'decimal(18,2)', 'Revenue ÷ counting orders with the category.'),
		column('avg_return_rate', 'decimal(18,4)', '100 × returned ÷ counting orders with the category.'),
	]),
	order_kpis: gold('order_kpis', byOrderDate, 'KPIs of all orders of a date: one row.', [
		column('total_orders', 'bigint', 'Counting orders.'),
		column('total_revenue', 'decimal(18,2)', 'Σ total_amount.'),
		column('total_items_sold', 'bigint', 'Σ quantity of their lines.'),
		column('return_rate', 'decimal(18,4)', '100 × returned ÷ counting orders.'),
		column('unique_customers', 'bigint', 'Distinct customers.'),
	]),
	customer_daily: gold('customer_daily', byOrderDate, 'What each customer ordered on a date: one row per customer.', [
		column('user_id', 'string', 'The customer.'),
		column('orders', 'bigint', 'Counting orders.'),
		column('revenue', 'decimal(18,2)', 'Σ total_amount.'),
	]),
	customer_value: gold('customer_value', null, 'Customer lifetime value, over all dates: one row per customer.', [
		column('user_id', 'string', 'The customer.'),
		column('first_order_date', 'date', 'The date of the first counting order.'),
		column('last_order_date', 'date', 'The date of the last counting order.'),
		column('orders', 'bigint', 'Counting orders.'),
		column('revenue', 'decimal(18,2)', 'Σ total_amount.'),
		column('avg_order_value', 'decimal(18,2)', 'Revenue ÷ orders.'),
		column('revenue_rank', 'bigint', 'rank() by revenue, highest first.'),
		column('is_top_decile', 'boolean', 'Rank ≤ ⌈customers ÷ 10⌉.'),
	]),
	inventory_health: gold('inventory_health', null, 'Stock compared with demand: one row per product.', [
		column('product_id', 'string', 'The product.'),
		column('name', 'string', 'The product’s name.'),
		column('category', 'string', 'The product’s category.'),
		nullable('current_stock', 'int', 'Units in stock, from the product’s last record.'),
		column('units_7d', 'bigint', 'Units sold in the 7 calendar days up to the newest order date.'),
		column('units_30d', 'bigint', 'Units sold in the 30 calendar days up to the newest order date.'),
		column('daily_demand', 'decimal(18,4)', '`units_30d` ÷ 30.'),
		nullable('days_of_cover', 'decimal(18,1)', 'Stock ÷ exact daily demand, to one place; null without demand.'),
		column('forecasted_demand', 'bigint', 'Units expected in the next 7 days.'),
		column('status', 'string', '`unknown`, `out`, `idle`, `low` (< 7 days), `over` (> 60) or `ok`.'),
	]),
	event_funnel: gold('event_funnel', byEventDate, 'Funnel from view to purchase on a date: one row per product.', [
		column('category', 'string', 'The product’s current category; `(unknown)` for an unknown product.'),
		column('product_id', 'string', 'The product.'),
		column('views', 'bigint', '`product_view` events.'),
		column('carts', 'bigint', '`add_to_cart` events.'),
		column('purchases', 'bigint', '`purchase` events.'),
		nullable('view_to_cart', 'decimal(18,4)', 'Carts ÷ views; null without views.'),
		nullable('cart_to_purchase', 'decimal(18,4)', 'Purchases ÷ carts; null without carts.'),
	]),
	user_product_interactions: gold(
		'user_product_interactions',
		byEventDate,
		'What a user did with a product on a date, as input for recommenders: one row per user and product.',
		[
			column('user_id', 'string', 'The user.'),
			column('product_id', 'string', 'The product.'),
			column('views', 'bigint', '`product_view` events.'),
			column('carts', 'bigint', '`add_to_cart` events.'),
			column('purchases', 'bigint', '`purchase` events.'),
			column('last_event_time', 'timestamp', 'Time of the last event of any type, UTC.'),
		],
	),
	sales_anomalies: gold(
		'sales_anomalies',
		byOrderDate,
		'A category’s sales on a date compared with the 28 calendar days before: one row per category that sold on any of these days.',
		[
			column('category', 'string', 'The category.'),
			column('amount', 'decimal(18,2)', 'Sales on the date.'),
			nullable('expected', 'decimal(18,2)', 'Median of the days before; null if there are none.'),
			nullable('deviation', 'decimal(18,2)', '(amount − expected) ÷ spread; null with fewer than 7 days.'),
			nullable('direction', 'string', '`spike` (≥ 3.5), `drop` (≤ −3.5) or `none`; null with fewer than 7 days.'),
		],
	),
	live_anomalies: gold(
		'live_anomalies',
		bySaleDate,
		'A product’s live sales in an hour compared with the 24 hours before, for hours in which anything sold: one row per product that sold in any of these hours. Every change of `OrderTable` except a removal is a sale. The newest hour includes only what is sealed.',
		[
			column('hour', 'timestamp', 'The start of the hour, UTC.'),
			column('product_name', 'string', 'The product.'),
			column('units', 'bigint', 'Units sold in the hour.'),
			nullable(
				'expected',
				'decimal(18,2)',
				'Median of the hours before, counted from the product’s first sale; null if there are none.',
			),
			nullable('deviation', 'decimal(18,2)', '(units − expected) ÷ spread; null with fewer than 6 hours.'),
			nullable('direction', 'string', '`spike` (≥ 3.5), `drop` (≤ −3.5) or `none`; null with fewer than 6 hours.'),
		],
	),
} as const satisfies Record<string, Table>;

/** A Gold table with its layer, as users know it. */
export const goldTableName = (table: string): string => `gold_${table}`;

export type GoldTableName = keyof typeof goldTables;
