import type { events, RecordOf } from '../contracts';
import { cumulative, type Random } from '../platform/random';
import { formatCents, formatTime } from './calendar';
import type { Product } from './catalogue';
import type { PlacedOrder, Shop } from './orders';

export type EventRecord = RecordOf<typeof events>;

const lastSecond = 86_399;
const viewShares = cumulative([35, 30, 20, 15]);

/**
 * The events around an order, on its date: the visit that led to it, and another visit without an order.
 * @param random positioned at the numbers of this visit
 */
export function eventsAround(
	placed: PlacedOrder,
	at: { shop: Shop; date: string; weekday: number; random: Random },
): EventRecord[] {
	const { order, items, products, second } = placed;
	const { shop, date, weekday, random } = at;
	const visit = order.order_id;
	const happened: EventRecord[] = [];
	const add = (
		event_type: EventRecord['event_type'],
		user_id: string,
		session_id: string,
		product: Product,
		when: number,
		quantity?: number,
	) => {
		const event: EventRecord = {
			event_id: `${visit}.${happened.length + 1}`,
			event_type,
			user_id,
			product_id: product.id,
			event_time: formatTime(date, Math.min(lastSecond, Math.max(0, when))),
			session_id,
			price: formatCents(product.cents),
		};
		if (quantity !== undefined) event.quantity = quantity;
		happened.push(event);
	};

	let clock = second - 90 * items.length - random.below(300);
	items.forEach(({ quantity }, line) => {
		const product = products[line] as Product;
		add('product_view', order.user_id, `${visit}.a`, product, clock);
		clock += 10 + random.below(60);
		add('add_to_cart', order.user_id, `${visit}.a`, product, clock, quantity);
		clock += 5 + random.below(15);
	});
	items.forEach(({ quantity }, line) => {
		add('purchase', order.user_id, `${visit}.a`, products[line] as Product, second, quantity);
	});

	const visitor = shop.customer(random);
	clock = second - random.below(1800);
	for (let views = random.place(viewShares) + 1; views > 0; views--) {
		const product = shop.product(random, weekday);
		add('product_view', visitor, `${visit}.b`, product, clock);
		clock += 10 + random.below(90);
		const decision = random.unit();
		if (decision < 0.12) add('add_to_cart', visitor, `${visit}.b`, product, clock, 1);
		if (decision < 0.05) add('remove_from_cart', visitor, `${visit}.b`, product, clock + 20, 1);
	}
	return happened;
}
