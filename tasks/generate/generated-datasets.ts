import type { DatasetName } from '../contracts';

/** The datasets that the generator makes; the lake has others too. */
export const generatedDatasets = [
	'orders',
	'order_items',
	'products',
	'events',
] as const satisfies readonly DatasetName[];
export type GeneratedDataset = (typeof generatedDatasets)[number];
