import { day, keyText, money, word } from './column';
import { defineDataset } from './dataset';

export const orders = defineDataset({
	name: 'orders',
	version: 2,
	description: 'Orders of the shop, one record for each state an order has been in.',
	fields: {
		order_id: keyText('Identifies the order.'),
		user_id: keyText('The customer who placed it.'),
		order_date: day('The UTC date on which it was placed.'),
		total_amount: money('What the customer pays for the whole order.', { atLeast: 0 }),
		status: word('Where the order stands; a cancelled one counts in no Gold figure.', [
			'pending',
			'completed',
			'returned',
			'cancelled',
		]),
	},
	key: ['order_id'],
	eventTime: 'order_date',
	partition: { column: 'order_date', description: 'The UTC date on which the order was placed.' },
	derived: [],
});
