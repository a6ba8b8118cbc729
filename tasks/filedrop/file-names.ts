import { basename } from 'node:path';

/** The datasets of a drop, in the order in which they are validated and counted. */
export const dropDatasets = ['orders', 'order_items', 'products'] as const;
export type DropDataset = (typeof dropDatasets)[number];

const patterns: Readonly<Record<DropDataset, RegExp>> = {
	orders: /^orders_.*\.csv(\.gz)?$/,
	order_items: /^order_items_.*\.csv(\.gz)?$/,
	products: /^products\.csv(\.gz)?$/,
};

/** The name patterns of the files of each dataset, for messages. */
export const shownPatterns: Readonly<Record<DropDataset, string>> = {
	orders: 'orders_*.csv',
	order_items: 'order_items_*.csv',
	products: 'products.csv',
};

/** The dataset of a file, by its name; undefined if it is not a file of a drop. */
export const datasetByName = (key: string): DropDataset | undefined =>
	dropDatasets.find((dataset) => patterns[dataset].test(basename(key)));
