import { computeGoldTable } from '../../../tasks/testing';
import { contract, inProject } from '../../support/project-folder';

const files = {
	'contracts/first_lines.ts': contract(`
		description: 'What the first order of a date sold: one row per category.',
		partition: 'order_date',
		columns: {
			category: { type: 'string', description: 'The category.' },
			amount: { type: 'decimal(18,2)', description: 'Its amount.' },
			units: { type: 'int', description: 'Units.' },
			seen: { type: 'timestamp', description: 'The last event.', nullable: true },
		},
		key: ['category'],`),
	'sql/gold/first_lines.sql': `-- Inputs: order_items, products, events.
select order_items.order_date, products.category, sum(order_items.line_amount) as amount,
  sum(order_items.quantity) as units, max(events.event_time) as seen
from order_items
inner join products on products.product_id = order_items.product_id
left join events on events.event_date = order_items.order_date
group by order_items.order_date, products.category`,
	'contracts/best_category.ts': contract(`
		description: 'The category with the largest revenue: one row.',
		partition: null,
		columns: { category: { type: 'string', description: 'The category.' } },
		key: [],`),
	// Reads a table of the product, which is computed with its steps.
	'sql/gold/best_category.sql': `-- Inputs: category_kpis.
select category from category_kpis group by category order by sum(daily_revenue) desc limit 1`,
};
const order_date = '2026-11-20';
const item = (product_id: string, line_amount: string, quantity = 1) => ({
	...{ order_id: 'o1', order_date, product_id, quantity, line_amount, unit_price: line_amount },
});
const products = [
	{ product_id: 'p1', name: 'Shoe', category: 'shoes' },
	{ product_id: 'p2', name: "It's a hat", category: 'hats' },
];

it('computes a table of dates on rows of Silver, typed by its contract', () =>
	inProject(files, async (folder) => {
		const order_items = [item('p1', '10.00', 2), item('p2', '0.10'), item('p2', '0.20')];
		const events = [{ event_id: 'e1', event_date: order_date, event_time: '2026-11-20 10:00:00' }];
		expect(await computeGoldTable('first_lines', { order_items, products, events }, { folder })).toEqual([
			{ category: 'hats', amount: '0.30', units: 2, seen: '2026-11-20 10:00:00', order_date },
			{ category: 'shoes', amount: '10.00', units: 2, seen: '2026-11-20 10:00:00', order_date },
		]);
		expect(await computeGoldTable('first_lines', {}, { folder })).toEqual([]);
	}));

it('computes a table over all dates, with the product’s tables that it reads', () =>
	inProject(files, async (folder) => {
		const orders = [{ order_id: 'o1', order_date, user_id: 'u', status: 'completed', total_amount: '10.00' }];
		const silver = { orders, order_items: [item('p1', '1.00'), item('p2', '9.00')], products };
		expect(await computeGoldTable('best_category', silver, { folder })).toEqual([{ category: 'hats' }]);
	}));

test.each([
	['other', {}, 'The project has no Gold table other. It has best_category, first_lines.'],
	[
		'first_lines',
		{ products: [{ price: '1.00' }] },
		'products has no column price that a statement can read: it has product_id, name, category.',
	],
])('refuses an unknown table, and a column that no statement can read: %s', async (name, silver, message) => {
	await inProject(files, async (folder) => {
		await expect(computeGoldTable(name, silver, { folder })).rejects.toThrow(message);
	});
});

it('fails where the contract does not allow the rows', () =>
	inProject(
		{ ...files, 'sql/gold/best_category.sql': '-- Inputs: category_kpis.\nselect category from category_kpis' },
		async (folder) => {
			const orders = [{ order_id: 'o1', order_date, user_id: 'u', status: 'completed', total_amount: '10.00' }];
			const silver = { orders, order_items: [item('p1', '1.00'), item('p2', '9.00')], products };
			await expect(computeGoldTable('best_category', silver, { folder })).rejects.toThrow(
				'gold_best_category, all: there is more than one row, against contracts/best_category.ts.',
			);
		},
	));
