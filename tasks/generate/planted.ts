import { type Kind, ruleKinds } from './dirt';
import { type MadeDataset, madeDatasets } from './made-datasets';

/** How many records of each kind of dirt a day holds, by dataset; kinds that it does not hold are absent. */
export type Planted = Readonly<Record<MadeDataset, Readonly<Partial<Record<Kind, number>>>>>;

/** What the records of a batch are to the lake; the parts add up to `received`. */
export interface ExpectedLabels {
	readonly received: number;
	readonly kept: number;
	readonly duplicates: number;
	readonly superseded: number;
	readonly rejected: number;
	readonly orphans: number;
}

/** Counts what is planted while a day is made. */
export class PlantedCounts {
	readonly planted: Record<MadeDataset, Partial<Record<Kind, number>>> = {
		orders: {},
		order_items: {},
		products: {},
		events: {},
	};

	count(dataset: MadeDataset, kind: Kind): void {
		this.planted[dataset][kind] = (this.planted[dataset][kind] ?? 0) + 1;
	}
}

/**
 * The labels that a day's records bear in a lake that holds this day alone. In a lake of several days every `change`
 * supersedes a record of the day that it changes, and every later catalogue supersedes the one before.
 */
export function expectedLabels(
	records: Readonly<Record<MadeDataset, number>>,
	planted: Planted,
): Record<MadeDataset, ExpectedLabels> {
	const expectedLabels = (dataset: MadeDataset): ExpectedLabels => {
		const of = (kind: Kind) => planted[dataset][kind] ?? 0;
		const rejected = ruleKinds.reduce((sum, rule) => sum + of(rule), 0);
		// Of a product the last arrival wins, the same content or not; an event may name any product.
		const superseded = dataset === 'products' ? of('duplicate') : 0;
		const duplicates = dataset === 'products' ? 0 : of('duplicate');
		const orphans = dataset === 'order_items' ? of('unknown_order') + of('unknown_product') : 0;
		const received = records[dataset];
		return {
			received,
			kept: received - rejected - superseded - duplicates - orphans,
			duplicates,
			superseded,
			rejected,
			orphans,
		};
	};
	return Object.fromEntries(madeDatasets.map((dataset) => [dataset, expectedLabels(dataset)])) as Record<
		MadeDataset,
		ExpectedLabels
	>;
}
