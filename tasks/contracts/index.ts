import { productContracts } from './contracts';
import { datasets, type ProductDataset } from './datasets';

export { bronzeColumns, bronzeType, contractDigest } from './bronze';
export type { Field, SqlType, TableColumn } from './column';
export { type Contracts, composeContracts, getDataset, type OwnContracts, productContracts } from './contracts';
export type { Contract, Dataset, DatedDataset, RecordOf } from './dataset';
export { type DatasetName, datasets, type ProductDataset } from './datasets';
export { events } from './events';
export { gadgetSales } from './gadget-sales';
export { type GoldTableName, goldTableName, goldTables } from './gold';
export { hasTimes, inTimeZone } from './in-time-zone';
export { gadgetSalesView, type LiveTable, type LiveView, liveOrders } from './live';
export { orderItems } from './order-items';
export { orders } from './orders';
export { products } from './products';
export { quotes } from './quotes';
export { isSealedBatchId, type StreamName, sealedBatchId, streamNames, streams } from './streams';
export { silverTable, type Table } from './table';

/** The names of the product's datasets. */
export const datasetNames = Object.keys(datasets) as ProductDataset[];

/** Every Silver and Gold table of the product. */
export const { tables } = productContracts;
