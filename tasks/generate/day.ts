import { Random } from '../platform/random';
import { toDayNumber, toWeekday } from './calendar';
import { makeCatalogue, productSnapshot } from './catalogue';
import { type DirtKind, DirtSchedule } from './dirt';
import { DirtInjector } from './dirt-injector';
import { type Encoders, encoders, type Records } from './encode';
import { eventsAround } from './events';
import type { GeneratedDataset } from './generated-datasets';
import { DirtCounter, type InjectedDirt } from './injected-dirt';
import type { CompleteOptions } from './options';
import { makeShop, type Shop } from './orders';
import { randomStreams } from './random-streams';

/** Receives the lines of a day. */
export interface LineSink {
	/** Writes one line, without its newline. */
	write(dataset: GeneratedDataset, line: string): void;
	/** True when the sink has to be drained before it accepts more. */
	readonly full: boolean;
	drain(): Promise<void>;
}

/**
 * Generates a day and writes its lines to a sink, order by order; only the sink buffers them.
 * @returns the dirt that was injected
 */
export async function writeDay(
	options: CompleteOptions,
	sink: LineSink,
	onProgress: (orders: number) => void = () => undefined,
): Promise<InjectedDirt> {
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
	return day.counts.injected;
}

/** The state of a dataset while its lines are generated. */
interface DatasetState {
	readonly wanted: boolean;
	readonly schedule: DirtSchedule;
	/** An earlier clean line, which the next duplicate copies. */
	remembered: string | undefined;
}

class Day {
	readonly counts = new DirtCounter();
	private readonly dayNumber: number;
	private readonly shop: Shop;
	private readonly encoder: Encoders;
	private readonly browsing: Random;
	private readonly states: Readonly<Record<GeneratedDataset, DatasetState>>;
	private readonly dirtInjector: DirtInjector;

	constructor(
		private readonly options: CompleteOptions,
		private readonly sink: LineSink,
	) {
		const { seed, date, records, dirt, ids, format, datasets } = options;
		this.dayNumber = toDayNumber(date);
		this.shop = makeShop({ seed, ordersPerDay: records, ids, catalogue: makeCatalogue(seed) });
		this.encoder = encoders[format];
		this.browsing = new Random(seed);
		const randomAt = (number: number) => new Random(seed).at(randomStreams.dirt, this.dayNumber, number);
		const randoms = { orders: randomAt(0), order_items: randomAt(1), products: randomAt(2), events: randomAt(3) };
		const newState = (dataset: GeneratedDataset): DatasetState => ({
			wanted: datasets.includes(dataset),
			schedule: new DirtSchedule(dataset, dirt, this.dayNumber, randoms[dataset]),
			remembered: undefined,
		});
		this.states = {
			orders: newState('orders'),
			order_items: newState('order_items'),
			products: newState('products'),
			events: newState('events'),
		};
		this.dirtInjector = new DirtInjector(options, this.shop, randoms, (...injected) => this.inject(...injected));
	}

	writeProducts(): void {
		if (!this.states.products.wanted) return;
		for (const product of productSnapshot(this.shop.catalogue, this.dayNumber, this.options.records)) {
			this.writeClean('products', product, (kind) => this.dirtInjector.product(kind, product));
		}
	}

	/** Writes the order at a place of the day, its items, the events around it, and the dirt that is due. */
	writeOrder(place: number): void {
		const { shop, dayNumber, dirtInjector } = this;
		const placed = shop.orderAt(dayNumber, place);
		// Late orders inject items too, so a day of items alone needs the dirty orders.
		if (this.states.orders.wanted || this.states.order_items.wanted) {
			this.writeClean('orders', placed.order, (kind) => dirtInjector.order(kind));
		}
		if (this.states.order_items.wanted) {
			let line = placed.items.length;
			for (const item of placed.items) {
				this.writeClean('order_items', item, (kind) => dirtInjector.item(kind, { ...item, line_number: ++line }));
			}
		}
		if (this.states.events.wanted) {
			const random = this.browsing.at(randomStreams.browsing, dayNumber, place);
			const around = { shop, date: this.options.date, weekday: toWeekday(dayNumber), random };
			for (const event of eventsAround(placed, around)) {
				this.writeClean('events', event, (kind) => dirtInjector.event(kind, event));
			}
		}
	}

	/** Writes a clean record, then the dirt that is due: duplicates here, all other kinds by `makeDirty`. */
	private writeClean<D extends GeneratedDataset>(
		dataset: D,
		record: Records[D],
		makeDirty: (kind: DirtKind) => void,
	): void {
		const state: DatasetState = this.states[dataset];
		const line = (this.encoder[dataset] as (record: Records[D]) => string)(record);
		if (state.wanted) this.sink.write(dataset, line);
		state.schedule.countClean();
		for (let kind = state.schedule.due(); kind !== undefined; kind = state.schedule.due()) {
			if (kind === 'duplicate') this.inject(dataset, kind, state.remembered ?? line);
			else makeDirty(kind);
			state.remembered = line;
		}
	}

	private inject(dataset: GeneratedDataset, kind: DirtKind, line: string): void {
		if (!this.states[dataset].wanted) return;
		this.sink.write(dataset, line);
		this.counts.count(dataset, kind);
	}
}
