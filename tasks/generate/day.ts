import { Random } from '../platform/random';
import { toDayNumber, toWeekday } from './calendar';
import { makeCatalogue, productSnapshot } from './catalogue';
import { DirtSchedule, type Kind } from './dirt';
import { type Encoders, encoders, type Records } from './encode';
import { eventsAround } from './events';
import type { MadeDataset } from './made-datasets';
import type { CompleteOptions } from './options';
import { makeShop, type Shop } from './orders';
import { type Planted, PlantedCounts } from './planted';
import { Planter } from './planter';
import { streams } from './streams';

/** Takes a day's lines. */
export interface LineSink {
	/** Takes one line, without its newline. */
	write(dataset: MadeDataset, line: string): void;
	/** True when the sink wants to be drained before it takes more. */
	readonly full: boolean;
	drain(): Promise<void>;
}

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
	/** A clean line from some time ago, of which the next duplicate is a copy. */
	remembered: string | undefined;
}

class Day {
	readonly counts = new PlantedCounts();
	private readonly dayNumber: number;
	private readonly shop: Shop;
	private readonly encoder: Encoders;
	private readonly browsing: Random;
	private readonly lanes: Readonly<Record<MadeDataset, Lane>>;
	private readonly planter: Planter;

	constructor(
		private readonly options: CompleteOptions,
		private readonly sink: LineSink,
	) {
		const { seed, date, records, dirt, ids, format, datasets } = options;
		this.dayNumber = toDayNumber(date);
		this.shop = makeShop({ seed, ordersPerDay: records, ids, catalogue: makeCatalogue(seed) });
		this.encoder = encoders[format];
		this.browsing = new Random(seed);
		const randomAt = (number: number) => new Random(seed).at(streams.dirt, this.dayNumber, number);
		const randoms = { orders: randomAt(0), order_items: randomAt(1), products: randomAt(2), events: randomAt(3) };
		const newLane = (dataset: MadeDataset): Lane => ({
			wanted: datasets.includes(dataset),
			schedule: new DirtSchedule(dataset, dirt, this.dayNumber, randoms[dataset]),
			remembered: undefined,
		});
		this.lanes = {
			orders: newLane('orders'),
			order_items: newLane('order_items'),
			products: newLane('products'),
			events: newLane('events'),
		};
		this.planter = new Planter(options, this.shop, randoms, (...planted) => this.plant(...planted));
	}

	writeProducts(): void {
		if (!this.lanes.products.wanted) return;
		for (const product of productSnapshot(this.shop.catalogue, this.dayNumber, this.options.records)) {
			this.writeClean('products', product, (kind) => this.planter.product(kind, product));
		}
	}

	/** Writes the order at a place of the day, its lines, what happened around it, and the dirt that is due. */
	writeOrder(place: number): void {
		const { shop, dayNumber, planter } = this;
		const placed = shop.orderAt(dayNumber, place);
		// Dirty orders bring lines: a day of lines alone has the same ones.
		if (this.lanes.orders.wanted || this.lanes.order_items.wanted) {
			this.writeClean('orders', placed.order, (kind) => planter.order(kind));
		}
		if (this.lanes.order_items.wanted) {
			let line = placed.items.length;
			for (const item of placed.items) {
				this.writeClean('order_items', item, (kind) => planter.item(kind, { ...item, line_number: ++line }));
			}
		}
		if (this.lanes.events.wanted) {
			const random = this.browsing.at(streams.browsing, dayNumber, place);
			const around = { shop, date: this.options.date, weekday: toWeekday(dayNumber), random };
			for (const event of eventsAround(placed, around)) {
				this.writeClean('events', event, (kind) => planter.event(kind, event));
			}
		}
	}

	/** Writes a clean record, and after it the dirt that is due: copies here, all else by `makeDirty`. */
	private writeClean<D extends MadeDataset>(dataset: D, record: Records[D], makeDirty: (kind: Kind) => void): void {
		const lane: Lane = this.lanes[dataset];
		const line = (this.encoder[dataset] as (record: Records[D]) => string)(record);
		if (lane.wanted) this.sink.write(dataset, line);
		lane.schedule.countClean();
		for (let kind = lane.schedule.due(); kind !== undefined; kind = lane.schedule.due()) {
			if (kind === 'duplicate') this.plant(dataset, kind, lane.remembered ?? line);
			else makeDirty(kind);
			lane.remembered = line;
		}
	}

	private plant(dataset: MadeDataset, kind: Kind, line: string): void {
		if (!this.lanes[dataset].wanted) return;
		this.sink.write(dataset, line);
		this.counts.count(dataset, kind);
	}
}
