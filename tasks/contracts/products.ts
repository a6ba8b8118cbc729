import { figure, keyText, money, optional, text, whole } from './column';
import { defineDataset } from './dataset';

export const products = defineDataset({
	name: 'products',
	version: 2,
	description: 'The product catalogue, a snapshot: the last record of a product is the current one.',
	fields: {
		product_id: keyText('Identifies the product.'),
		name: text('The product’s name.'),
		category: keyText('The category it is sold under.'),
		price: money('List price of one unit.', { atLeast: 0 }),
		rating: optional(figure('Mean customer rating, 0 to 5.', { atLeast: 0, atMost: 5 })),
		current_stock: optional(whole('Units in stock.', { atLeast: 0 })),
		forecasted_demand: optional(whole('Units that the source expects to sell; 0 until there is a forecast.')),
	},
	key: ['product_id'],
	eventTime: null,
	partition: null,
	derived: [],
});
