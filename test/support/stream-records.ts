/** A line of live orders, as the transformation writes it. */
export const sale = (event_id: string | undefined, more: Record<string, unknown> = {}): string =>
	`${JSON.stringify({ orderid: '7421', product_name: 'Laptop', quantity: 3, price: 429.99, event_type: 'INSERT', event_time: '2026-11-26T10:59:30Z', ...(event_id === undefined ? {} : { event_id }), ...more })}\n`;

/** A line of the event stream. */
export const event = (event_id: string, more: Record<string, unknown> = {}): string =>
	`${JSON.stringify({ event_id, event_type: 'purchase', user_id: 'u1', product_id: 'p1', event_time: '2026-11-26T10:59:30Z', ...more })}\n`;
