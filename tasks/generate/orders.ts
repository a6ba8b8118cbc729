import type { orderItems, orders, RecordOf } from '../contracts';
import { cumulative, Random } from '../platform/random';
import { basketSizes, formatCents, formatTime, secondAt, toDate, toWeekday } from './calendar';
import type { Catalogue, Product } from './catalogue';
import { type IdKind, makeOrderId } from './ids';
import { randomStreams } from './random-streams';

export type OrderRecord = RecordOf<typeof orders>;
export type ItemRecord = RecordOf<typeof orderItems>;

/** An order as it was placed. */
export interface PlacedOrder {
	readonly order: OrderRecord;
	readonly items: readonly ItemRecord[];
	/** The products of the items, in order. */
	readonly products: readonly Product[];
	/** The time, in seconds from midnight of its date. */
	readonly second: number;
}

/** Generates any order of any day, independently of the others. */
export interface Shop {
	readonly catalogue: Catalogue;
	/** The order at a place of a day; places from `ordersPerDay` on are orders that reach the lake later. */
	orderAt(dayNumber: number, place: number): PlacedOrder;
	/** A random customer; some return far more often than others. */
	customer(random: Random): string;
	/** A random product, by its sales on the weekday. */
	product(random: Random, weekday: number): Product;
}

const statuses = ['completed', 'pending', 'returned', 'cancelled'] as const;
const statusShares = cumulative([86, 6, 4, 4]);
const quantityShares = cumulative([62, 23, 9, 4, 2]);
/** One item in this many is sold at nine tenths of the list price. */
const oneInDiscounted = 10;
/** Customers of the shop per daily order. */
const customersPerOrder = 20;

/** A shop that takes `ordersPerDay` orders a day. */
export function makeShop(options: { seed: string; ordersPerDay: number; ids: IdKind; catalogue: Catalogue }): Shop {
	const { seed, ordersPerDay, ids, catalogue } = options;
	const random = new Random(seed);
	const customers = Math.max(50, ordersPerDay * customersPerOrder);

	const customer = (from: Random) => `U${Math.floor(customers * from.unit() ** 2.2) + 1}`;
	const product = (from: Random, weekday: number) => {
		const shelf = catalogue.shelves[weekday] as Uint16Array;
		return catalogue.products[shelf[from.below(shelf.length)] as number] as Product;
	};
	const orderAt = (dayNumber: number, place: number): PlacedOrder => {
		const order_id = makeOrderId(random, ids, dayNumber, place);
		random.at(randomStreams.order, dayNumber, place);
		const weekday = toWeekday(dayNumber);
		// A day's own orders are in order of time.
		const share = place < ordersPerDay ? (place + random.unit()) / ordersPerDay : random.unit();
		const second = secondAt(share, weekday);
		const user_id = customer(random);
		const status = statuses[random.place(statusShares)] as OrderRecord['status'];
		const lines = random.place(basketSizes[weekday] as readonly number[]) + 1;
		const items: ItemRecord[] = [];
		const products: Product[] = [];
		let total = 0;
		for (let line_number = 1; line_number <= lines; line_number++) {
			const sold = product(random, weekday);
			const quantity = random.place(quantityShares) + 1;
			const cents = random.below(oneInDiscounted) === 0 ? Math.round(sold.cents * 0.9) : sold.cents;
			total += quantity * cents;
			products.push(sold);
			items.push({ order_id, line_number, product_id: sold.id, quantity, unit_price: formatCents(cents) });
		}
		return {
			order: {
				order_id,
				user_id,
				order_date: formatTime(toDate(dayNumber), second),
				total_amount: formatCents(total),
				status,
			},
			items,
			products,
			second,
		};
	};
	return { catalogue, orderAt, customer, product };
}
