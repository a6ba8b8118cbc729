import { Random } from '../platform/random';
import { formatTime, toDate, toDayNumber } from './calendar';
import { type Kind, type RuleKind, spoil, unparsable } from './dirt';
import { type Encoders, encoders, type Records, type Spoilt } from './encode';
import { makeOrderId, places } from './ids';
import type { MadeDataset } from './made-datasets';
import type { CompleteOptions } from './options';
import type { OrderRecord, Shop } from './orders';

/** Records of an earlier date come so many days late at most. */
const mostDaysLate = 3;
/** Tries to find an order that can change, before another late one stands in for it. */
const tries = 20;

/** Makes the dirty records of a day, copies apart. */
export class Planter {
	private readonly encoder: Encoders;
	private readonly dayNumber: number;
	private readonly daysLate: number;
	private readonly ids: Random;
	/** Dirty records that needed an id of their own, by dataset. */
	private readonly made: Record<MadeDataset, number> = { orders: 0, order_items: 0, products: 0, events: 0 };
	/** Late orders so far, by days late. */
	private readonly late: number[] = [];
	/** Orders of earlier days that have changed already. */
	private readonly changed = new Set<string>();

	constructor(
		private readonly options: CompleteOptions,
		private readonly shop: Shop,
		/** Where each dataset's choices come from. */
		private readonly randoms: Readonly<Record<MadeDataset, Random>>,
		private readonly plant: (dataset: MadeDataset, kind: Kind, line: string) => void,
	) {
		this.encoder = encoders[options.format];
		this.dayNumber = toDayNumber(options.date);
		this.daysLate = Math.min(mostDaysLate, this.dayNumber - toDayNumber(options.since));
		this.ids = new Random(options.seed);
	}

	product(kind: Kind, product: Records['products']): void {
		const product_id = `P9${String(++this.made.products).padStart(4, '0')}`;
		this.breakRule('products', kind as RuleKind, { ...product, product_id });
	}

	order(kind: Kind): void {
		const random = this.randoms.orders;
		if (kind === 'change' || kind === 'late') {
			// A shop in its first days has nothing to correct yet.
			if (this.daysLate === 0) this.order('unparsable');
			else this.earlier(kind, 1 + random.below(this.daysLate));
			return;
		}
		const { order } = this.shop.orderAt(this.dayNumber, places.broken(++this.made.orders));
		this.breakRule('orders', kind as RuleKind, order);
	}

	private earlier(kind: 'change' | 'late', days: number): void {
		const from = this.dayNumber - days;
		const changed = kind === 'change' ? this.pickChange(from, days) : undefined;
		if (changed) {
			this.plant('orders', 'change', this.encoder.orders(changed));
			return;
		}
		const number = (this.late[days] ?? 0) + 1;
		this.late[days] = number;
		const placed = this.shop.orderAt(from, places.late(days, number));
		this.plant('orders', 'late', this.encoder.orders(placed.order));
		for (const item of placed.items) this.plant('order_items', 'late', this.encoder.order_items(item));
	}

	/**
	 * An order of an earlier day, with the status that it has now. Which orders may change depends on how many days
	 * later it is, so that no order changes twice.
	 */
	private pickChange(dayNumber: number, days: number): OrderRecord | undefined {
		const random = this.randoms.orders;
		const choices = Math.floor((this.options.records - days) / mostDaysLate) + 1;
		for (let attempt = 0; attempt < tries; attempt++) {
			const place = random.below(choices) * mostDaysLate + days - 1;
			const name = `${days}:${place}`;
			if (place >= this.options.records || this.changed.has(name)) continue;
			const { order } = this.shop.orderAt(dayNumber, place);
			if (order.status === 'returned' || order.status === 'cancelled') continue;
			this.changed.add(name);
			return { ...order, status: order.status === 'completed' ? 'returned' : random.pick(['completed', 'cancelled']) };
		}
		return undefined;
	}

	/** `item` has a place of its own in an order of the day. */
	item(kind: Kind, item: Records['order_items']): void {
		if (kind === 'unknown_product') {
			this.plant(
				'order_items',
				kind,
				this.encoder.order_items({ ...item, product_id: unknownProduct(this.randoms.order_items) }),
			);
		} else if (kind === 'unknown_order') {
			const place = places.unknown(++this.made.order_items);
			const order_id = makeOrderId(this.ids, this.options.ids, this.dayNumber, place);
			this.plant('order_items', kind, this.encoder.order_items({ ...item, order_id, line_number: 1 }));
		} else this.breakRule('order_items', kind as RuleKind, item);
	}

	event(kind: Kind, event: Records['events']): void {
		const random = this.randoms.events;
		const own = { ...event, event_id: `${event.event_id}.${++this.made.events}` };
		if (kind === 'late' && this.daysLate > 0) {
			const date = toDate(this.dayNumber - 1 - random.below(this.daysLate));
			this.plant('events', kind, this.encoder.events({ ...own, event_time: formatTime(date, random.below(86_400)) }));
		} else if (kind === 'unknown_product') {
			this.plant('events', kind, this.encoder.events({ ...own, product_id: unknownProduct(random) }));
		} else this.breakRule('events', kind === 'late' ? 'unparsable' : (kind as RuleKind), own);
	}

	private breakRule<D extends MadeDataset>(dataset: D, rule: RuleKind, record: Records[D]): void {
		const random = this.randoms[dataset];
		const line =
			rule === 'unparsable'
				? unparsable(this.encoder.spoilt(dataset, record as Spoilt), random)
				: this.encoder.spoilt(dataset, spoil(dataset, rule, record as Spoilt, { random, dayNumber: this.dayNumber }));
		this.plant(dataset, rule, line);
	}
}

/** An id that the catalogue will never have. */
const unknownProduct = (random: Random): string => `P8${String(random.below(10_000)).padStart(4, '0')}`;
