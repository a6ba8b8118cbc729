import { keyText, moment, money, optional, whole, word } from './column';
import { defineDataset } from './dataset';

export const events = defineDataset({
	name: 'events',
	version: 2,
	description: 'What visitors do in the shop: views, carts, purchases.',
	fields: {
		event_id: keyText('Identifies the event on its date.'),
		event_type: word('What happened.', ['product_view', 'add_to_cart', 'remove_from_cart', 'purchase']),
		user_id: keyText('Who did it.'),
		product_id: keyText('The product concerned.'),
		event_time: moment('When it happened, UTC.'),
		session_id: optional(keyText('The visit.')),
		quantity: optional(whole('Units in the cart or bought.', { moreThan: 0 })),
		price: optional(money('Displayed price of one unit.', { atLeast: 0 })),
	},
	key: ['event_id', 'event_date'],
	eventTime: 'event_time',
	partition: { column: 'event_date', description: 'The UTC date of `event_time`.' },
	derived: [],
});
