import type { DatasetName } from '../contracts';
import { dateOf, dayNumberOf, momentOf, weekdayOf } from './calendar';
import { catalogueOf, snapshotOf } from './catalogue';
import { DirtSchedule, type Kind, type RuleKind, spoil, unparsable } from './dirt';
import { type Encoders, encoders, type Records, type Spoilt } from './encode';
import { eventsAround } from './events';
import { orderIdOf, places } from './ids';
import type { CompleteOptions } from './options';
import { type OrderRecord, type PlacedOrder, type Shop, shopOf } from './orders';
import { type Planted, PlantedCounts } from './planted';
import { Random, streams } from './random';

/** Takes a day's lines. */
export interface LineSink {
	/** Takes one line, without its newline. */
	write(dataset: DatasetName, line: string): void;
	/** True when the sink wants to be drained before it takes more. */
	readonly full: boolean;
	drain(): Promise<void>;
}

/** Records of an earlier date come so many days late at most. */
const mostDaysLate = 3;
/** Tries to find an order that can change, before another late one stands in for it. */
const tries = 20;

/**
 * Makes a day and hands its lines to a sink, order by order, with no more in memory than the sink keeps.
 * @returns what dirt is in it
 */
export async function writeDay(
	options: CompleteOptions,
	sink: LineSink,
	onProgress: (orders: number) => void = () => undefined,
): Promise<Planted> {
	const day = new Day(options, sink);
	day.writeProducts();
	for (let place = 0; place < options.records; place++) {
		day.writeOrder(place);
		if (sink.full) {
			onProgress(place + 1);
			await sink.drain();
		}
	}
	onProgress(options.records);
	await sink.drain();
	return day.counts.planted;
}

/** What is remembered of a dataset while its lines are made. */
interface Lane {
	readonly wanted: boolean;
	readonly schedule: DirtSchedule;
	readonly random: Random;
	/** A clean line from some time ago, of which the next duplicate is a copy. */
	remembered: string | undefined;
	/** Own ids of this dataset's dirty records. */
	made: number;
}

class Day {
	readonly counts = new PlantedCounts();
	private readonly dayNumber: number;
	private readonly weekday: number;
	private readonly shop: Shop;
	private readonly encoder: Encoders;
	private readonly browsing: Random;
	private readonly ids: Random;
	private readonly lanes: Readonly<Record<DatasetName, Lane>>;
	private readonly daysLate: number;
	/** Late orders so far, and orders that have changed already, by days late. */
	private readonly late: number[] = [];
	private readonly changed = new Set<string>();

	constructor(
		private readonly options: CompleteOptions,
		private readonly sink: LineSink,
	) {
		const { seed, date, records, dirt, ids, since, format } = options;
		this.dayNumber = dayNumberOf(date);
		this.weekday = weekdayOf(this.dayNumber);
		this.daysLate = Math.min(mostDaysLate, this.dayNumber - dayNumberOf(since));
		this.shop = shopOf({ seed, ordersPerDay: records, ids, catalogue: catalogueOf(seed) });
		this.encoder = encoders[format];
		this.browsing = new Random(seed);
		this.ids = new Random(seed);
		const laneOf = (dataset: DatasetName, number: number): Lane => {
			const random = new Random(seed).at(streams.dirt, this.dayNumber, number);
			const schedule = new DirtSchedule(dataset, dirt, this.dayNumber, random);
			return { wanted: options.datasets.includes(dataset), schedule, random, remembered: undefined, made: 0 };
		};
		this.lanes = {
			orders: laneOf('orders', 0),
			order_items: laneOf('order_items', 1),
			products: laneOf('products', 2),
			events: laneOf('events', 3),
		};
	}

	writeProducts(): void {
		if (!this.lanes.products.wanted) return;
		for (const product of snapshotOf(this.shop.catalogue, this.dayNumber, this.options.records)) {
			this.writeClean('products', product, (kind) => {
				const number = ++this.lanes.products.made;
				this.plantRule('products', kind as RuleKind, {
					...product,
					product_id: `P9${String(number).padStart(4, '0')}`,
				});
			});
		}
	}

	/** Writes the order at a place of the day, its lines, what happened around it, and the dirt that is due. */
	writeOrder(place: number): void {
		const placed = this.shop.orderAt(this.dayNumber, place);
		this.writeClean('orders', placed.order, (kind) => this.plantOrder(kind));
		let line = placed.items.length;
		for (const item of placed.items) {
			this.writeClean('order_items', item, (kind) => this.plantItem(kind, { ...item, line_number: ++line }));
		}
		if (!this.lanes.events.wanted) return;
		const random = this.browsing.at(streams.browsing, this.dayNumber, place);
		const around = { shop: this.shop, date: this.options.date, weekday: this.weekday, random };
		for (const event of eventsAround(placed, around)) {
			this.writeClean('events', event, (kind) => this.plantEvent(kind, event));
		}
	}

	/** Writes a clean record, and after it the dirt that is due: copies here, all else by `plant`. */
	private writeClean<D extends DatasetName>(dataset: D, record: Records[D], plant: (kind: Kind) => void): void {
		const lane: Lane = this.lanes[dataset];
		if (!lane.wanted) return;
		const line = this.encode(dataset, record);
		this.sink.write(dataset, line);
		lane.schedule.countClean();
		for (let kind = lane.schedule.due(); kind !== undefined; kind = lane.schedule.due()) {
			if (kind === 'duplicate') this.plantLine(dataset, kind, lane.remembered ?? line);
			else plant(kind);
			lane.remembered = line;
		}
	}

	private plantOrder(kind: Kind): void {
		const { random } = this.lanes.orders;
		if (kind === 'change' || kind === 'late') {
			// A shop in its first days has nothing to correct yet.
			if (this.daysLate === 0) this.plantOrder('unparsable');
			else this.plantEarlier(kind, 1 + random.below(this.daysLate));
			return;
		}
		const { order } = this.shop.orderAt(this.dayNumber, places.broken(++this.lanes.orders.made));
		this.plantRule('orders', kind as RuleKind, order);
	}

	private plantEarlier(kind: 'change' | 'late', days: number): void {
		const from = this.dayNumber - days;
		const changed = kind === 'change' ? this.changeOf(from, days) : undefined;
		if (changed) {
			this.plantLine('orders', 'change', this.encoder.orders(changed));
			return;
		}
		const number = (this.late[days] ?? 0) + 1;
		this.late[days] = number;
		const placed = this.shop.orderAt(from, places.late(days, number));
		this.plantLine('orders', 'late', this.encoder.orders(placed.order));
		for (const item of placed.items) this.plantLine('order_items', 'late', this.encoder.order_items(item));
	}

	/**
	 * An order of an earlier day, with the status that it has now. Which orders may change depends on how many days
	 * later it is, so that no order changes twice.
	 */
	private changeOf(dayNumber: number, days: number): OrderRecord | undefined {
		const { random } = this.lanes.orders;
		const choices = Math.floor((this.options.records - days) / mostDaysLate) + 1;
		for (let attempt = 0; attempt < tries; attempt++) {
			const place = random.below(choices) * mostDaysLate + days - 1;
			const name = `${days}:${place}`;
			if (place >= this.options.records || this.changed.has(name)) continue;
			const { order }: PlacedOrder = this.shop.orderAt(dayNumber, place);
			if (order.status === 'returned' || order.status === 'cancelled') continue;
			this.changed.add(name);
			return { ...order, status: order.status === 'completed' ? 'returned' : random.pick(['completed', 'cancelled']) };
		}
		return undefined;
	}

	private plantItem(kind: Kind, item: Records['order_items']): void {
		if (kind === 'unknown_product') {
			this.plantLine('order_items', kind, this.encoder.order_items({ ...item, product_id: this.unknownProduct() }));
		} else if (kind === 'unknown_order') {
			const place = places.unknown(++this.lanes.order_items.made);
			const order_id = orderIdOf(this.ids, this.options.ids, this.dayNumber, place);
			this.plantLine('order_items', kind, this.encoder.order_items({ ...item, order_id, line_number: 1 }));
		} else this.plantRule('order_items', kind as RuleKind, item);
	}

	private plantEvent(kind: Kind, event: Records['events']): void {
		const { random } = this.lanes.events;
		const own = { ...event, event_id: `${event.event_id}.${++this.lanes.events.made}` };
		if (kind === 'late' && this.daysLate > 0) {
			const date = dateOf(this.dayNumber - 1 - random.below(this.daysLate));
			this.plantLine('events', kind, this.encoder.events({ ...own, event_time: momentOf(date, random.below(86_400)) }));
		} else if (kind === 'unknown_product') {
			this.plantLine('events', kind, this.encoder.events({ ...own, product_id: this.unknownProduct() }));
		} else this.plantRule('events', kind === 'late' ? 'unparsable' : (kind as RuleKind), own);
	}

	/** An id that the catalogue will never have. */
	private unknownProduct(): string {
		return `P8${String(this.lanes.order_items.random.below(10_000)).padStart(4, '0')}`;
	}

	private plantRule<D extends DatasetName>(dataset: D, rule: RuleKind, record: Records[D]): void {
		const { random } = this.lanes[dataset];
		const line =
			rule === 'unparsable'
				? unparsable(this.encode(dataset, record), random)
				: this.encoder.spoilt(dataset, spoil(dataset, rule, record as Spoilt, { random, dayNumber: this.dayNumber }));
		this.plantLine(dataset, rule, line);
	}

	private plantLine(dataset: DatasetName, kind: Kind, line: string): void {
		if (!this.lanes[dataset].wanted) return;
		this.sink.write(dataset, line);
		this.counts.count(dataset, kind);
	}

	private encode<D extends DatasetName>(dataset: D, record: Records[D]): string {
		return (this.encoder[dataset] as (record: Records[D]) => string)(record);
	}
}
