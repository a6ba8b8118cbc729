import type { SqlType, TableColumn } from './column';
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

const column = (name: string, type: SqlType, description: string): TableColumn => ({
	name,
	type,
	nullable: true,
	description,
});
const plain = [
	column('orderid', 'string', 'The order’s number.'),
	column('product_name', 'string', 'What was ordered.'),
	column('quantity', 'int', 'Units ordered.'),
	column('price', 'decimal(12,2)', 'Price of one unit.'),
	column('event_type', 'string', '`INSERT` or `MODIFY`, as the stream of the table said; `UNKNOWN` where it did not.'),
	column('event_time', 'string', 'When the order was written, as the stream said it: epoch seconds, ISO, or empty.'),
	column('event_id', 'string', 'Identifies the change; null where the stream gave none.'),
];

/** The records as they are, each value as text, so that none can fail a query. */
export const liveOrders: LiveTable = {
	name: 'live_orders',
	description:
		'Changes of OrderTable as Firehose delivered them, each value as text; an odd line is null in every column.',
	columns: plain.map((field) => ({ ...field, type: 'string' })),
	prefix: streams.live_orders.prefix,
	partition: { column: 'day', description: 'The UTC date of delivery, as YYYY/MM/DD.' },
};

/** The records, typed and dated. */
export const gadgetSalesView: LiveView = {
	name: 'gadget_sales',
	description: 'Live orders, a row a change of OrderTable, typed; a value that does not fit its type is null.',
	columns: [...plain, column('date', 'date', 'The UTC date of delivery.')],
};
