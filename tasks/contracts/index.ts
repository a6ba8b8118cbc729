import type { Dataset } from './dataset';
import { events } from './events';
import { gadgetSales } from './gadget-sales';
import { goldTables } from './gold';
import { orderItems } from './order-items';
import { orders } from './orders';
import { products } from './products';
import { quotes } from './quotes';
import { silverTable, type Table } from './table';

export { bronzeColumns, bronzeType, contractDigest } from './bronze';
export type { Field, SqlType, TableColumn } from './column';
export type { Contract, Dataset, RecordOf } from './dataset';
export { type GoldTableName, goldTableName, goldTables } from './gold';
export { hasTimes, inTimeZone } from './in-time-zone';
export { gadgetSalesView, type LiveTable, type LiveView, liveOrders } from './live';
export { isSealedBatchId, type StreamName, sealedBatchId, streamNames, streams } from './streams';
export { silverTable, type Table } from './table';
export { events, gadgetSales, orderItems, orders, products, quotes };

/** Every dataset of the lake, by name. */
export const datasets = {
	orders,
	order_items: orderItems,
	products,
	events,
	gadget_sales: gadgetSales,
} as const satisfies Record<string, Dataset>;
export type DatasetName = keyof typeof datasets;
export const datasetNames = Object.keys(datasets) as DatasetName[];

/** Every Silver and Gold table that users query. */
export const tables: readonly Table[] = [...Object.values(datasets).map(silverTable), ...Object.values(goldTables)];
