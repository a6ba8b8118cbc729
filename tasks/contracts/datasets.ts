import type { Dataset } from './dataset';
import { events } from './events';
import { gadgetSales } from './gadget-sales';
import { orderItems } from './order-items';
import { orders } from './orders';
import { products } from './products';

/** Every dataset of the product, by name. A process works by `Contracts`, which has a project's additions, too. */
export const datasets = {
	orders,
	order_items: orderItems,
	products,
	events,
	gadget_sales: gadgetSales,
} as const satisfies Record<string, Dataset>;

/** The name of a dataset of the product. */
export type ProductDataset = keyof typeof datasets;
/** The name of a dataset, the product's or a project's. */
export type DatasetName = string;
