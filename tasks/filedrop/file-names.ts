import { basename } from 'node:path';

/** What a drop holds, in the order in which it is checked and counted. */
export const dropDatasets = ['orders', 'order_items', 'products'] as const;
export type DropDataset = (typeof dropDatasets)[number];

const patterns: Readonly<Record<DropDataset, RegExp>> = {
	orders: /^orders_.*\.csv(\.gz)?$/,
	order_items: /^order_items_.*\.csv(\.gz)?$/,
	products: /^products\.csv(\.gz)?$/,
};

/** How the files of each dataset are called, for messages. */
export const shownPatterns: Readonly<Record<DropDataset, string>> = {
	orders: 'orders_*.csv',
	order_items: 'order_items_*.csv',
	products: 'products.csv',
};

/** The dataset that a file holds, by its name; undefined where it is no file of a drop. */
export const datasetByName = (key: string): DropDataset | undefined =>
	dropDatasets.find((dataset) => patterns[dataset].test(basename(key)));
