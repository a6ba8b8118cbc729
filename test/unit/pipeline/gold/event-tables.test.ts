import { GoldLake } from './gold-lake';
import { event, product, silver } from './silver-rows';

let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

describe('the tables of events', () => {
	test('count views, carts and purchases, and the time of a user’s last event', async () => {
		await lab.setSilver(
			silver({
				events: [
					event('product_view', 'ann', 'p1', '2026-11-20T08:00:00.000000Z'),
					event('product_view', 'ann', 'p1', '2026-11-20T08:00:01.000000Z'),
					event('product_view', 'bob', 'p1', '2026-11-20T08:00:02.000000Z'),
					event('add_to_cart', 'ann', 'p1', '2026-11-20T08:00:03.000000Z'),
					event('add_to_cart', 'bob', 'p1', '2026-11-20T08:00:04.000000Z'),
					event('remove_from_cart', 'bob', 'p1', '2026-11-20T23:59:59.999999Z'),
					event('purchase', 'ann', 'p1', '2026-11-20T08:00:05.000000Z'),
					event('purchase', 'ann', 'p9', '2026-11-20T08:00:06.000000Z'),
					event('remove_from_cart', 'bob', 'p2', '2026-11-20T08:00:07.000000Z'),
				],
				products: [product('p1', 'Lamp', 'Home'), product('p2', 'Rug', 'Home')],
			}),
		);
		await lab.aggregate();
		const event_date = '2026-11-20';
		expect(await lab.gold('event_funnel')).toEqual([
			{
				carts: 2,
				category: 'Home',
				event_date,
				cart_to_purchase: '0.5000',
				product_id: 'p1',
				purchases: 1,
				view_to_cart: '0.6667',
				views: 3,
			},
			{
				carts: 0,
				category: '(unknown)',
				event_date,
				cart_to_purchase: null,
				product_id: 'p9',
				purchases: 1,
				view_to_cart: null,
				views: 0,
			},
			{
				carts: 0,
				category: 'Home',
				event_date,
				cart_to_purchase: null,
				product_id: 'p2',
				purchases: 0,
				view_to_cart: null,
				views: 0,
			},
		]);
		expect(await lab.gold('user_product_interactions')).toEqual([
			{
				carts: 0,
				event_date,
				last_event_time: '2026-11-20T08:00:06.000000Z',
				product_id: 'p9',
				purchases: 1,
				user_id: 'ann',
				views: 0,
			},
			{
				carts: 0,
				event_date,
				last_event_time: '2026-11-20T08:00:07.000000Z',
				product_id: 'p2',
				purchases: 0,
				user_id: 'bob',
				views: 0,
			},
			{
				carts: 1,
				event_date,
				last_event_time: '2026-11-20T08:00:05.000000Z',
				product_id: 'p1',
				purchases: 1,
				user_id: 'ann',
				views: 2,
			},
			{
				carts: 1,
				event_date,
				last_event_time: '2026-11-20T23:59:59.999999Z',
				product_id: 'p1',
				purchases: 0,
				user_id: 'bob',
				views: 1,
			},
		]);
	});

	test('ratios have four places, half-up', async () => {
		const views = Array.from({ length: 32 }, (_, n) =>
			event('product_view', `u${n}`, 'p1', '2026-11-20T08:00:00.000000Z'),
		);
		const cart = event('add_to_cart', 'ann', 'p1', '2026-11-20T08:00:00.000000Z');
		await lab.setSilver(silver({ events: [...views, cart] }));
		await lab.aggregate();
		// 1 ÷ 32 = 0.03125
		expect((await lab.gold('event_funnel'))[0]?.view_to_cart).toBe('0.0313');
	});
});
