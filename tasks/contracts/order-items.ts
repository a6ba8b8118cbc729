import { keyText, money, optional, whole } from './column';
import { defineDataset } from './dataset';
import { lineAmount } from './derived-column';

export const orderItems = defineDataset({
	name: 'order_items',
	version: 2,
	description: 'Order lines, one product each.',
	fields: {
		order_id: keyText('The order the line belongs to.'),
		line_number: optional(whole('The line’s number in its order; required if an order has a product on two lines.')),
		product_id: keyText('The product sold.'),
		quantity: whole('Units sold.', { moreThan: 0 }),
		unit_price: money('Price of one unit.', { atLeast: 0 }),
	},
	key: ['order_id', 'line_number'],
	alternativeKey: ['order_id', 'product_id'],
	eventTime: null,
	partition: { column: 'order_date', description: 'The `order_date` of the order the line belongs to.' },
	derived: [lineAmount({ name: 'line_amount', description: '`quantity` × `unit_price`.' }, ['quantity', 'unit_price'])],
});
