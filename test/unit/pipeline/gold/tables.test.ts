import { goldTables } from '../../../../tasks/contracts';
import { dailyTables, derivedTables } from '../../../../tasks/pipeline/gold/tables';

test('a date of each daily table is computed from the tables of Silver that its statements read', () => {
	expect(Object.fromEntries(dailyTables.map(({ name, inputs }) => [name, inputs]))).toEqual({
		daily_sales: ['orders', 'order_items', 'products'],
		category_kpis: ['orders', 'order_items', 'products'],
		order_kpis: ['orders', 'order_items'],
		customer_daily: ['orders'],
		event_funnel: ['events', 'products'],
		user_product_interactions: ['events'],
	});
});

test('every table of Gold is computed', () => {
	const computed = [...dailyTables, ...derivedTables].map(({ name }) => name);
	expect(computed.sort()).toEqual(Object.keys(goldTables).sort());
});
