import type { Row } from '../../../support/model';
import type { SilverRows } from './gold-lake';

/** Silver out of terse rows: `order('o1', '2026-11-20', 'ann', '10.00')`. */
export const silver = (rows: Partial<SilverRows>): SilverRows => ({
	orders: [],
	order_items: [],
	products: [],
	events: [],
	...rows,
});

export const order = (
	order_id: string,
	order_date: string,
	user_id: string,
	total_amount: string,
	status = 'completed',
): Row => ({ order_id, order_date, user_id, total_amount, status });

let lines = 0;
/** A line of an order; each line has its own number. */
export function line(of: Row, product_id: string, quantity: number, unit_price: string): Row {
	const cents = quantity * Math.round(Number(unit_price) * 100);
	lines += 1;
	return {
		order_id: of.order_id as string,
		order_date: of.order_date as string,
		line_number: lines,
		product_id,
		quantity,
		unit_price,
		line_amount: (cents / 100).toFixed(2),
	};
}

export const product = (
	product_id: string,
	name: string,
	category: string,
	current_stock: number | null = null,
): Row => ({
	product_id,
	name,
	category,
	price: '1.00',
	rating: null,
	current_stock,
	forecasted_demand: 0,
});

let events = 0;
export function event(event_type: string, user_id: string, product_id: string, event_time: string): Row {
	events += 1;
	return { event_id: `e${events}`, event_type, user_id, product_id, event_time, event_date: event_time.slice(0, 10) };
}
