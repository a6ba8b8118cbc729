import { line, order, product, ShopLake } from './shop-lake';

// The rule of `orphans.sql`, with one more condition.
jest.mock('../../../../sql/silver/orphans.sql', () => {
	const statement: string = jest.requireActual('../../../../sql/silver/orphans.sql');
	const rule = "when not is_known then 'product'";
	if (!statement.includes(rule)) throw new Error('the rule is written in another way');
	return statement.replace(rule, `${rule} when quantity > 2 then 'review'`);
});

const first = '2026-11-20';
const second = '2026-11-21';

test('a stricter rule for orphans takes a change of orphans.sql and of nothing else', async () => {
	const lake = new ShopLake();
	await lake.admit({
		[first]: {
			orders: [order('o1')],
			order_items: [line('o1', 1), line('o1', 2, { quantity: 3 })],
			products: [product('p1')],
		},
	});
	expect(await lake.state()).toMatchObject({
		order_items: [{ order_id: 'o1', line_number: 1 }],
		orphans: [{ order_id: 'o1', line_number: 2, waits_for: 'review' }],
	});
	expect((await lake.labels())[`order_items ${first}`]).toEqual({ received: 2, kept: 1, orphans: 1 });
	await lake.admit({ [second]: { order_items: [line('o1', 2, { quantity: 1 })] } });
	expect(await lake.state()).toMatchObject({
		order_items: [{ line_number: 1 }, { line_number: 2, quantity: 1 }],
		orphans: [],
	});
	expect((await lake.labels())[`order_items ${first}`]).toEqual({ received: 2, kept: 1, superseded: 1 });
});
