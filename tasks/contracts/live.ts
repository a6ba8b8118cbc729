import type { TableColumn } from './column';
import { gadgetSales } from './gadget-sales';
import { streams } from './streams';

/** A table over what Firehose delivers, not over versions of the lake: it has each object as soon as it is there. */
export interface LiveTable {
	readonly name: string;
	readonly description: string;
	readonly columns: readonly TableColumn[];
	/** Where its objects are, by the UTC hour of delivery: `<prefix>YYYY/MM/DD/HH/…`. */
	readonly prefix: string;
	/** The partition, text as the prefix spells it: `YYYY/MM/DD`. */
	readonly partition: { readonly column: string; readonly description: string };
}

/** A table that is a statement over another one, `sql/live/<name>.sql`. */
export interface LiveView {
	readonly name: string;
	readonly description: string;
	readonly columns: readonly TableColumn[];
}

/** The fields of the dataset as they are delivered: none was checked, and a time stays as it was said. */
const fields: readonly TableColumn[] = Object.entries(gadgetSales.fields).map(([name, { type, description }]) =>
	name === gadgetSales.eventTime
		? {
				name,
				type: 'string',
				nullable: true,
				description: 'When it happened, as sent: epoch seconds, ISO, or empty.',
			}
		: { name, type, nullable: true, description },
);

/** The records as they are, each value as text, so that none can fail a query. */
export const liveOrders: LiveTable = {
	name: 'live_orders',
	description:
		'Changes of OrderTable as Firehose delivered them, each value as text; a malformed line is null in every column.',
	columns: fields.map((field) => ({ ...field, type: 'string' })),
	prefix: streams.live_orders.prefix,
	partition: { column: 'day', description: 'The UTC date of delivery, as YYYY/MM/DD.' },
};

/** The records, typed and dated. */
export const gadgetSalesView: LiveView = {
	name: 'gadget_sales',
	description: 'Live orders, typed, one row per change of OrderTable; a value that does not fit its type is null.',
	columns: [...fields, { name: 'date', type: 'date', nullable: true, description: 'The UTC date of delivery.' }],
};
