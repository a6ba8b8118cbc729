/** Rows that the program hands to a statement: of a table under another name, or values that it keeps beside it. */
export interface AttachedInput {
	readonly table: string;
	/** What each of its columns is in the table; `same` where it has the table's own. */
	readonly columns: Readonly<Record<string, string>> | 'same';
	/** Columns that the program adds, each computed from one of the table. */
	readonly computed?: Readonly<Record<string, string>>;
}

/**
 * What the program itself hands to statements of Gold, where `Inputs:` names neither a table nor another statement. By the
 * table that is computed, and the input.
 */
export const attachedInputs: Readonly<Record<string, Readonly<Record<string, AttachedInput>>>> = {
	customer_value: {
		customers_before: { table: 'gold_customer_value', columns: 'same' },
		customer_days_added: { table: 'gold_customer_daily', columns: 'same' },
		customer_days_removed: { table: 'gold_customer_daily', columns: 'same' },
	},
	inventory_health: {
		newest_order_date: { table: 'silver_orders', columns: { order_date: 'order_date' } },
	},
	sales_anomalies: {
		anomaly_dates: { table: 'gold_order_kpis', columns: { order_date: 'order_date' } },
		first_sales: { table: 'gold_category_kpis', columns: { category: 'category', first_sale: 'order_date' } },
	},
	live_anomalies: {
		gadget_sales: { table: 'silver_gadget_sales', columns: 'same', computed: { hour: 'event_time' } },
		anomaly_dates: { table: 'silver_gadget_sales', columns: { sale_date: 'sale_date' } },
		first_sales: {
			table: 'silver_gadget_sales',
			columns: { product_name: 'product_name', first_hour: 'event_time' },
		},
	},
};
