import { centsOfText, moneyText } from './numbers';
import { type DatasetName, datasetNames, isBlank, judge, type Rule, type SourceRecord, type Typed } from './records';

/** A file of a batch; `source` is its place on the command line, `path` is relative to that source. */
export interface SourceFile {
	readonly source: number;
	readonly path: string;
	readonly records: readonly SourceRecord[];
}

/** One dataset of one batch, in the version that Silver has admitted. */
export interface AdmittedBatch {
	readonly dataset: DatasetName;
	readonly batch: string;
	/** An instant, ISO 8601 with milliseconds, UTC. */
	readonly asOf: string;
	readonly files: readonly SourceFile[];
}

/** A row as a user reads it: decimals are text in full scale, times `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface BatchLabels {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly as_of: string;
	received: number;
	kept: number;
	duplicates: number;
	superseded: number;
	rejected: number;
	orphans: number;
}

export interface QuarantinedRecord {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly rule: Rule;
	readonly record: SourceRecord;
}

/** An item that is kept aside, and which of its references is not in Silver. */
export interface Orphan {
	readonly item: Row;
	readonly waitsForOrder: boolean;
	readonly waitsForProduct: boolean;
}

export interface Silver {
	readonly orders: readonly Row[];
	readonly order_items: readonly Row[];
	readonly products: readonly Row[];
	readonly events: readonly Row[];
	readonly gadget_sales: readonly Row[];
	readonly orphans: readonly Orphan[];
	readonly quarantine: readonly QuarantinedRecord[];
	/** One a dataset and batch. */
	readonly labels: readonly BatchLabels[];
}

/** A record that passed the own rules, in its place in the order of arrival. */
interface Arrival {
	readonly typed: Typed;
	readonly labels: BatchLabels;
}

/** What Silver is, whatever the order in which the batches were admitted. */
export function modelSilver(admitted: readonly AdmittedBatch[]): Silver {
	const labels: BatchLabels[] = [];
	const quarantine: QuarantinedRecord[] = [];
	const arrivals: Record<DatasetName, Arrival[]> = {
		orders: [],
		order_items: [],
		products: [],
		events: [],
		gadget_sales: [],
	};
	for (const version of [...admitted].sort(byArrival)) {
		const { dataset, batch, asOf } = version;
		const counts: BatchLabels = { dataset, batch, as_of: asOf, ...none };
		labels.push(counts);
		for (const record of listRecords(version)) {
			counts.received++;
			const judged = judge(dataset, record, asOf);
			if ('typed' in judged) arrivals[dataset].push({ typed: judged.typed, labels: counts });
			else {
				counts.rejected++;
				quarantine.push({ dataset, batch, rule: judged.rule, record });
			}
		}
	}

	const orders = winners(arrivals.orders, ({ order_id }) => id(order_id));
	const products = lastArrivals(arrivals.products, ({ product_id }) => id(product_id));
	const events = winners(arrivals.events, ({ event_id, event_time }) => id(event_id, toDate(event_time)));
	const sales = winners(arrivals.gadget_sales, keyOfSale);
	const lines = winners(arrivals.order_items, keyOfItem);

	const orderDates = new Map(orders.map(({ typed }) => [typed.order_id, String(typed.order_date)]));
	const knownProducts = new Set(products.map(({ typed }) => typed.product_id));
	const numbered = new Set(lines.filter((line) => hasNumber(line.typed)).map((line) => line.typed.order_id));
	const items: Row[] = [];
	const orphans: Orphan[] = [];
	for (const { typed, labels } of lines) {
		if (!hasNumber(typed) && numbered.has(typed.order_id)) {
			labels.superseded++;
			continue;
		}
		const orderDate = orderDates.get(typed.order_id);
		const waitsForOrder = orderDate === undefined;
		const waitsForProduct = !knownProducts.has(typed.product_id);
		if (waitsForOrder || waitsForProduct) {
			labels.orphans++;
			orphans.push({ item: typed, waitsForOrder, waitsForProduct });
		} else {
			labels.kept++;
			items.push({ ...typed, line_amount: lineAmount(typed), order_date: orderDate });
		}
	}
	for (const { labels } of [...orders, ...products, ...events, ...sales]) labels.kept++;
	return {
		orders: orders.map(({ typed }) => typed),
		order_items: items,
		products: products.map(({ typed }) => typed),
		events: events.map(({ typed }) => ({ ...typed, event_date: toDate(typed.event_time) })),
		gadget_sales: sales.map(({ typed }) => ({ ...typed, sale_date: toDate(typed.event_time) })),
		orphans,
		quarantine,
		labels: labels.sort((a, b) => datasetNames.indexOf(a.dataset) - datasetNames.indexOf(b.dataset)),
	};
}

const none = { received: 0, kept: 0, duplicates: 0, superseded: 0, rejected: 0, orphans: 0 };

/** The winners among the contents of every key; labels all copies and all losers. */
function winners(arrivals: readonly Arrival[], toKey: (typed: Typed) => string): Arrival[] {
	const contentsOfKeys = new Map<string, Map<string, Arrival>>();
	for (const arrival of arrivals) {
		const key = toKey(arrival.typed);
		const contents = contentsOfKeys.get(key) ?? new Map<string, Arrival>();
		contentsOfKeys.set(key, contents);
		const content = JSON.stringify(arrival.typed);
		if (contents.has(content)) arrival.labels.duplicates++;
		else contents.set(content, arrival);
	}
	return [...contentsOfKeys.values()].map((contents) => {
		const inOrder = [...contents.values()];
		for (const loser of inOrder.slice(0, -1)) loser.labels.superseded++;
		return inOrder.at(-1) as Arrival;
	});
}

/** The last arrival of every key; labels all earlier ones superseded, whatever they hold. */
function lastArrivals(arrivals: readonly Arrival[], toKey: (typed: Typed) => string): Arrival[] {
	const last = new Map<string, Arrival>();
	for (const arrival of arrivals) {
		const key = toKey(arrival.typed);
		const earlier = last.get(key);
		if (earlier) earlier.labels.superseded++;
		last.set(key, arrival);
	}
	return [...last.values()];
}

/** The records of a batch in arrival order, blank lines left out. */
export function listRecords({ files }: Pick<AdmittedBatch, 'files'>): SourceRecord[] {
	return [...files]
		.sort((a, b) => a.source - b.source || bytewise(a.path, b.path))
		.flatMap(({ records }) => records)
		.filter((record) => !isBlank(record));
}

function byArrival(a: AdmittedBatch, b: AdmittedBatch): number {
	return Date.parse(a.asOf) - Date.parse(b.asOf) || bytewise(a.batch, b.batch);
}

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const id = (...parts: readonly unknown[]): string => JSON.stringify(parts);
const toDate = (time: Typed[string] | undefined): string => String(time).slice(0, 10);
const hasNumber = ({ line_number }: Typed): boolean => line_number !== null;
const keyOfItem = (item: Typed): string =>
	hasNumber(item) ? id(item.order_id, item.line_number) : id(item.order_id, 'product', item.product_id);
const keyOfSale = ({ event_id, orderid, event_time }: Typed): string =>
	event_id === null ? id('order', orderid, event_time) : id('event', event_id, toDate(event_time));
const lineAmount = ({ quantity, unit_price }: Typed): string =>
	moneyText(BigInt(Number(quantity)) * centsOfText(String(unit_price)));
