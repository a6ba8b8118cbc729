import { keyText, moment, money, optional, text, whole } from './column';
import { defineDataset } from './dataset';

export const gadgetSales = defineDataset({
	name: 'gadget_sales',
	version: 2,
	description: 'Live orders: the item as each change of `OrderTable` left it.',
	fields: {
		orderid: keyText('The order; a number of four digits, which comes again.'),
		product_name: text('What was sold.'),
		quantity: whole('Units sold.', { moreThan: 0 }),
		price: money('Price of one unit.', { atLeast: 0 }),
		event_type: text('What happened to the item: `INSERT`, `MODIFY`, or `UNKNOWN` where the stream did not say.'),
		event_time: moment(
			'When it happened, UTC. Where a delivered record has none, sealing puts the hour it was delivered in.',
		),
		event_id: optional(keyText('Identifies the change; the stream may deliver it more than once.')),
	},
	key: ['sale_date', 'event_id'],
	alternativeKey: ['sale_date', 'orderid', 'event_time'],
	eventTime: 'event_time',
	partition: { column: 'sale_date', description: 'The UTC date of `event_time`.' },
	derived: [],
});
