import type { products, RecordOf } from '../contracts';
import { datasets } from '../contracts';
import type { EventRecord } from './events';
import type { MadeDataset } from './made-datasets';
import type { ItemRecord, OrderRecord } from './orders';

export const formats = ['ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

/** A record of each dataset. */
export interface Records {
	readonly orders: OrderRecord;
	readonly order_items: ItemRecord;
	readonly products: RecordOf<typeof products>;
	readonly events: EventRecord;
}
/** A record whose values may break its contract. */
export type Spoilt = Readonly<Record<string, string | number | null | undefined>>;

/** How records become lines of a file, without the newline. */
export type Encoders = { readonly [D in MadeDataset]: (record: Records[D]) => string } & {
	readonly spoilt: (dataset: MadeDataset, record: Spoilt) => string;
	/** The first line of a file; null where there is none. */
	readonly header: (dataset: MadeDataset) => string | null;
};

/**
 * Lines put together by hand for the datasets that have millions of them, several times as fast as JSON.stringify.
 * What is generated has no character that would need an escape.
 */
const ndjson: Encoders = {
	orders: (r) =>
		`{"order_id":"${r.order_id}","user_id":"${r.user_id}","order_date":"${r.order_date}","total_amount":"${r.total_amount}","status":"${r.status}"}`,
	order_items: (r) =>
		`{"order_id":"${r.order_id}","line_number":${r.line_number},"product_id":"${r.product_id}","quantity":${r.quantity},"unit_price":"${r.unit_price}"}`,
	products: (r) => JSON.stringify(r),
	events: (r) =>
		`{"event_id":"${r.event_id}","event_type":"${r.event_type}","user_id":"${r.user_id}","product_id":"${r.product_id}","event_time":"${r.event_time}","session_id":"${r.session_id}","price":"${r.price}"${r.quantity === undefined ? '' : `,"quantity":${r.quantity}`}}`,
	spoilt: (_, record) => JSON.stringify(record),
	header: () => null,
};

const columnsOf = (dataset: MadeDataset) => Object.keys(datasets[dataset].fields);
const cell = (value: Spoilt[string]) => {
	const text = value === null || value === undefined ? '' : String(value);
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const row = (dataset: MadeDataset, record: Spoilt) =>
	columnsOf(dataset)
		.map((name) => cell(record[name]))
		.join(',');

const csv: Encoders = {
	orders: (r) => `${r.order_id},${r.user_id},${r.order_date},${r.total_amount},${r.status}`,
	order_items: (r) => `${r.order_id},${r.line_number},${r.product_id},${r.quantity},${r.unit_price}`,
	products: (r) => row('products', r),
	events: (r) =>
		`${r.event_id},${r.event_type},${r.user_id},${r.product_id},${r.event_time},${r.session_id},${r.quantity ?? ''},${r.price}`,
	spoilt: row,
	header: (dataset) => columnsOf(dataset).join(','),
};

export const encoders: Readonly<Record<Format, Encoders>> = { ndjson, csv };
