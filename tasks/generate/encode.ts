import type { products, RecordOf } from '../contracts';
import type { EventRecord } from './events';
import type { GeneratedDataset } from './generated-datasets';
import type { ItemRecord, OrderRecord } from './orders';

export const fileFormats = ['ndjson', 'csv'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A record of each dataset. */
export interface Records {
	readonly orders: OrderRecord;
	readonly order_items: ItemRecord;
	readonly products: RecordOf<typeof products>;
	readonly events: EventRecord;
}
/** A record whose values may break its contract. */
export type CorruptRecord = Readonly<Record<string, string | number | null | undefined>>;

/** Functions that encode records as lines of a file, without the newline. */
export type Encoders = { readonly [D in GeneratedDataset]: (record: Records[D]) => string } & {
	readonly corrupt: (dataset: GeneratedDataset, record: CorruptRecord) => string;
	/** The first line of a file; null if the format has none. */
	readonly header: (dataset: GeneratedDataset) => string | null;
};

/**
 * Hand-written JSON for the datasets with millions of lines, several times as fast as JSON.stringify. Generated values
 * have no character that needs escaping.
 */
const ndjson: Encoders = {
	orders: (r) =>
		`{"order_id":"${r.order_id}","user_id":"${r.user_id}","order_date":"${r.order_date}","total_amount":"${r.total_amount}","status":"${r.status}"}`,
	order_items: (r) =>
		`{"order_id":"${r.order_id}","line_number":${r.line_number},"product_id":"${r.product_id}","quantity":${r.quantity},"unit_price":"${r.unit_price}"}`,
	products: (r) => JSON.stringify(r),
	events: (r) =>
		`{"event_id":"${r.event_id}","event_type":"${r.event_type}","user_id":"${r.user_id}","product_id":"${r.product_id}","event_time":"${r.event_time}","session_id":"${r.session_id}","price":"${r.price}"${r.quantity === undefined ? '' : `,"quantity":${r.quantity}`}}`,
	corrupt: (_, record) => JSON.stringify(record),
	header: () => null,
};

/**
 * The columns of a CSV file, for header and rows: those that the generator writes, which may be fewer than the contract's.
 */
const csvColumns: { readonly [D in GeneratedDataset]: readonly (keyof Records[D])[] } = {
	orders: ['order_id', 'user_id', 'order_date', 'total_amount', 'status'],
	order_items: ['order_id', 'line_number', 'product_id', 'quantity', 'unit_price'],
	products: ['product_id', 'name', 'category', 'price', 'rating', 'current_stock', 'forecasted_demand'],
	events: ['event_id', 'event_type', 'user_id', 'product_id', 'event_time', 'session_id', 'quantity', 'price'],
};
const cell = (value: CorruptRecord[string]) => {
	const text = value === null || value === undefined ? '' : String(value);
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const row = (dataset: GeneratedDataset, record: CorruptRecord) =>
	(csvColumns[dataset] as readonly string[]).map((name) => cell(record[name])).join(',');

/** A row of a dataset whose values need no quotes. */
const plainRow =
	<D extends GeneratedDataset>(dataset: D) =>
	(record: Records[D]): string => {
		let line = '';
		for (const name of csvColumns[dataset] as readonly (keyof Records[D])[]) line += `,${record[name] ?? ''}`;
		return line.slice(1);
	};

const csv: Encoders = {
	orders: plainRow('orders'),
	order_items: plainRow('order_items'),
	products: (r) => row('products', r),
	events: plainRow('events'),
	corrupt: row,
	header: (dataset) => csvColumns[dataset].join(','),
};

export const encoders: Readonly<Record<FileFormat, Encoders>> = { ndjson, csv };
