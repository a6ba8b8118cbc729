import { figure, keyText, money, optional, text, whole } from './column';
import { defineDataset } from './dataset';

export const products = defineDataset({
	name: 'products',
	version: 2,
	description: 'The product catalogue: a snapshot, of which the last arrival of a product is the current one.',
	fields: {
		product_id: keyText('Identifies the product.'),
		name: text('What the product is called.'),
		category: keyText('The group of products it is sold under.'),
		price: money('List price of one unit.', { atLeast: 0 }),
		rating: optional(figure('Mean rating by customers, 0 to 5.', { atLeast: 0, atMost: 5 })),
		current_stock: optional(whole('Units in stock.', { atLeast: 0 })),
		forecasted_demand: optional(whole('Units the source expects to sell; 0 until a forecast is made.')),
	},
	key: ['product_id'],
	eventTime: null,
	partition: null,
	derived: [],
});
