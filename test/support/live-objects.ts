import { gzipSync } from 'node:zlib';

const line = (record: object | string) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`;
const order = (orderid: string, product_name: string, quantity: unknown, price: unknown, more: object = {}) => ({
	orderid,
	product_name,
	quantity,
	price,
	event_type: 'INSERT',
	event_time: 1795000000,
	event_id: `e${orderid}`,
	...more,
});

/** Today in UTC, `YYYY-MM-DD`, when the test began. */
export const today = new Date().toISOString().slice(0, 10);
const dayBefore = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);

/** Delivered objects by the part of their key after the prefix: orders of today, plain and gzip, odd ones, and older ones. */
export const liveObjects: ReadonlyMap<string, Buffer> = new Map([
	[
		`${datePrefix(today)}/00/live-orders-1`,
		Buffer.from(line(order('7421', 'Laptop', 3, 429.99)) + line(order('7422', 'Phone', 2, 10.99))),
	],
	// No line break at the end: the next object must still begin a line of its own.
	[`${datePrefix(today)}/01/live-orders-2`, Buffer.from(line(order('7423', 'Laptop', 1, 429.99)).trimEnd())],
	[
		`${datePrefix(today)}/01/live-orders-3.gz`,
		gzipSync(
			line(order('7424', 'Phone', '4', '10.995', { event_time: '' })) +
				line(order('7422', 'Phone', 5.0, 11, { event_type: 'MODIFY', event_time: '2026-11-20T10:00:00Z' })),
		),
	],
	[
		`${datePrefix(today)}/23/live-orders-4`,
		Buffer.from(
			[
				line('no record at all'),
				line('{"orderid": "cut off'),
				line(order('7425', 'Tablet', 'many', 'dear')),
				line(order('7426', 'Tablet', 2.5, 12_345_678_901)),
				line(order('7427', 'Tablet', 12_345_678_901, -1)),
				line({ orderid: 7428, product_name: 'Tablet', quantity: 7, colour: { name: 'red' } }),
				line({ orderid: { S: '7429' }, product_name: ['Tablet'], quantity: {}, price: [], event_type: null }),
			].join(''),
		),
	],
	[`${datePrefix(today)}/23/_hidden`, Buffer.from(line(order('1', 'Hidden', 1, 1)))],
	[`${datePrefix(dayBefore)}/23/live-orders-5`, Buffer.from(line(order('7430', 'Charger', 9, 20)))],
	['2026/02/03/05/live-orders-6', Buffer.from(line(order('7431', 'Charger', 8, 20)))],
]);

/** The query that users type, word for word. */
export const todaysUnits = `SELECT product_name, SUM(quantity) as total_units
FROM gadget_sales
WHERE date = CURRENT_DATE
GROUP BY product_name
`;

/** Its rows, in the order of their text. */
export const expectedUnits = [
	['Laptop', '4'],
	['Phone', '11'],
	['Tablet', '7'],
	['["Tablet"]', null],
];

export const everything = `select orderid, product_name, quantity, price, event_type, event_time, event_id, date
from gadget_sales order by orderid, event_type`;

/** All rows of `gadget_sales`. */
export const expectedRows = [
	['7421', 'Laptop', '3', '429.99', 'INSERT', '1795000000', 'e7421', today],
	['7422', 'Phone', '2', '10.99', 'INSERT', '1795000000', 'e7422', today],
	['7422', 'Phone', '5', '11.00', 'MODIFY', '2026-11-20T10:00:00Z', 'e7422', today],
	['7423', 'Laptop', '1', '429.99', 'INSERT', '1795000000', 'e7423', today],
	['7424', 'Phone', '4', '11.00', 'INSERT', '', 'e7424', today],
	['7425', 'Tablet', null, null, 'INSERT', '1795000000', 'e7425', today],
	['7426', 'Tablet', null, null, 'INSERT', '1795000000', 'e7426', today],
	['7427', 'Tablet', null, '-1.00', 'INSERT', '1795000000', 'e7427', today],
	['7428', 'Tablet', '7', null, null, null, null, today],
	['7430', 'Charger', '9', '20.00', 'INSERT', '1795000000', 'e7430', dayBefore],
	['7431', 'Charger', '8', '20.00', 'INSERT', '1795000000', 'e7431', '2026-02-03'],
	['{"S":"7429"}', '["Tablet"]', null, null, null, null, null, today],
];

function datePrefix(date: string): string {
	return date.replaceAll('-', '/');
}
