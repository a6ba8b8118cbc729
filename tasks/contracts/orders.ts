import { day, keyText, money, word } from './column';
import { defineDataset } from './dataset';

export const orders = defineDataset({
	name: 'orders',
	version: 2,
	description: 'Orders of the shop. Sources send a record for each state of an order; Silver has the latest.',
	fields: {
		order_id: keyText('Identifies the order.'),
		user_id: keyText('The customer who placed it.'),
		order_date: day('The UTC date on which it was placed.'),
		total_amount: money('What the customer pays for the whole order.', { atLeast: 0 }),
		status: word('The state of the order. Gold figures leave out cancelled orders.', [
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
