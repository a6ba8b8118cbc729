import { Random } from '../platform/random';
import { formatTime, toDate, toDayNumber } from './calendar';
import { type BrokenRule, corrupt, type DirtKind, makeUnparsable } from './dirt';
import { type CorruptRecord, type Encoders, encoders, type Records } from './encode';
import type { GeneratedDataset } from './generated-datasets';
import { makeOrderId, places } from './ids';
import type { CompleteOptions } from './options';
import type { OrderRecord, Shop } from './orders';

/** The most days by which a record arrives late. */
const mostDaysLate = 3;
/** Tries to find an order that can change, before a late order is injected instead. */
const tries = 20;

/** Injects the dirty records of a day, except duplicates. */
export class DirtInjector {
	private readonly encoder: Encoders;
	private readonly dayNumber: number;
	private readonly daysLate: number;
	private readonly ids: Random;
	/** Dirty records so far that needed their own id, by dataset. */
	private readonly made: Record<GeneratedDataset, number> = { orders: 0, order_items: 0, products: 0, events: 0 };
	/** Late orders so far, by days late. */
	private readonly late: number[] = [];
	/** Orders of earlier days that have changed already. */
	private readonly changed = new Set<string>();

	constructor(
		private readonly options: CompleteOptions,
		private readonly shop: Shop,
		/** The random numbers of each dataset. */
		private readonly randoms: Readonly<Record<GeneratedDataset, Random>>,
		private readonly inject: (dataset: GeneratedDataset, kind: DirtKind, line: string) => void,
	) {
		this.encoder = encoders[options.format];
		this.dayNumber = toDayNumber(options.date);
		this.daysLate = Math.min(mostDaysLate, this.dayNumber - toDayNumber(options.since));
		this.ids = new Random(options.seed);
	}

	product(kind: DirtKind, product: Records['products']): void {
		const product_id = `P9${String(++this.made.products).padStart(4, '0')}`;
		this.breakRule('products', kind as BrokenRule, { ...product, product_id });
	}

	order(kind: DirtKind): void {
		const random = this.randoms.orders;
		if (kind === 'change' || kind === 'late') {
			// On its first day a shop has no earlier orders.
			if (this.daysLate === 0) this.order('unparsable');
			else this.injectEarlier(kind, 1 + random.below(this.daysLate));
			return;
		}
		const { order } = this.shop.orderAt(this.dayNumber, places.broken(++this.made.orders));
		this.breakRule('orders', kind as BrokenRule, order);
	}

	private injectEarlier(kind: 'change' | 'late', days: number): void {
		const from = this.dayNumber - days;
		const changed = kind === 'change' ? this.pickChange(from, days) : undefined;
		if (changed) {
			this.inject('orders', 'change', this.encoder.orders(changed));
			return;
		}
		const number = (this.late[days] ?? 0) + 1;
		this.late[days] = number;
		const placed = this.shop.orderAt(from, places.late(days, number));
		this.inject('orders', 'late', this.encoder.orders(placed.order));
		for (const item of placed.items) this.inject('order_items', 'late', this.encoder.order_items(item));
	}

	/**
	 * An order of an earlier day with a new status. Which orders may change depends on the number of days in between, so that
	 * no order changes twice.
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

	/** `item` has its own line number in an order of the day. */
	item(kind: DirtKind, item: Records['order_items']): void {
		if (kind === 'unknown_product') {
			this.inject(
				'order_items',
				kind,
				this.encoder.order_items({ ...item, product_id: unknownProduct(this.randoms.order_items) }),
			);
		} else if (kind === 'unknown_order') {
			const place = places.unknown(++this.made.order_items);
			const order_id = makeOrderId(this.ids, this.options.ids, this.dayNumber, place);
			this.inject('order_items', kind, this.encoder.order_items({ ...item, order_id, line_number: 1 }));
		} else this.breakRule('order_items', kind as BrokenRule, item);
	}

	event(kind: DirtKind, event: Records['events']): void {
		const random = this.randoms.events;
		const own = { ...event, event_id: `${event.event_id}.${++this.made.events}` };
		if (kind === 'late' && this.daysLate > 0) {
			const date = toDate(this.dayNumber - 1 - random.below(this.daysLate));
			this.inject('events', kind, this.encoder.events({ ...own, event_time: formatTime(date, random.below(86_400)) }));
		} else if (kind === 'unknown_product') {
			this.inject('events', kind, this.encoder.events({ ...own, product_id: unknownProduct(random) }));
		} else this.breakRule('events', kind === 'late' ? 'unparsable' : (kind as BrokenRule), own);
	}

	private breakRule<D extends GeneratedDataset>(dataset: D, rule: BrokenRule, record: Records[D]): void {
		const random = this.randoms[dataset];
		const line =
			rule === 'unparsable'
				? makeUnparsable(this.encoder.corrupt(dataset, record as CorruptRecord), random)
				: this.encoder.corrupt(
						dataset,
						corrupt(dataset, rule, record as CorruptRecord, { random, dayNumber: this.dayNumber }),
					);
		this.inject(dataset, rule, line);
	}
}

/** A product id that no catalogue has. */
const unknownProduct = (random: Random): string => `P8${String(random.below(10_000)).padStart(4, '0')}`;
