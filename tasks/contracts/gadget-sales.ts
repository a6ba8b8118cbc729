import { keyText, moment, money, optional, text, whole } from './column';
import { defineDataset } from './dataset';

export const gadgetSales = defineDataset({
	name: 'gadget_sales',
	version: 2,
	description: 'Live orders: one record per change of `OrderTable`, with the item after the change.',
	fields: {
		orderid: keyText('The order: a four-digit number, which is reused.'),
		product_name: text('What was sold.'),
		quantity: whole('Units sold.', { moreThan: 0 }),
		price: money('Price of one unit.', { atLeast: 0 }),
		event_type: text('What happened to the item: `INSERT`, `MODIFY`, or `UNKNOWN` if the stream does not say.'),
		event_time: moment('When it happened, UTC. If a delivered record has no time, sealing sets the hour of delivery.'),
		event_id: optional(keyText('Identifies the change; the stream may deliver it more than once.')),
	},
	key: ['sale_date', 'event_id'],
	alternativeKey: ['sale_date', 'orderid', 'event_time'],
	eventTime: 'event_time',
	partition: { column: 'sale_date', description: 'The UTC date of `event_time`.' },
	derived: [],
});
