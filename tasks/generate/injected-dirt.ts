import { brokenRules, type DirtKind } from './dirt';
import { type GeneratedDataset, generatedDatasets } from './generated-datasets';

/** The number of dirty records of a day, by dataset and kind; absent kinds have no records. */
export type InjectedDirt = Readonly<Record<GeneratedDataset, Readonly<Partial<Record<DirtKind, number>>>>>;

/** The labels of a batch's records in the lake; they add up to `received`. */
export interface ExpectedLabels {
	readonly received: number;
	readonly kept: number;
	readonly duplicates: number;
	readonly superseded: number;
	readonly rejected: number;
	readonly orphans: number;
}

/** Counts the injected dirt while a day is generated. */
export class DirtCounter {
	readonly injected: Record<GeneratedDataset, Partial<Record<DirtKind, number>>> = {
		orders: {},
		order_items: {},
		products: {},
		events: {},
	};

	count(dataset: GeneratedDataset, kind: DirtKind): void {
		this.injected[dataset][kind] = (this.injected[dataset][kind] ?? 0) + 1;
	}
}

/**
 * The labels of a day's records in a lake that holds only this day. In a lake of several days every `change` supersedes a
 * record of an earlier day, and every later catalogue supersedes the one before.
 */
export function expectedLabels(
	records: Readonly<Record<GeneratedDataset, number>>,
	injected: InjectedDirt,
): Record<GeneratedDataset, ExpectedLabels> {
	const expectedLabels = (dataset: GeneratedDataset): ExpectedLabels => {
		const count = (kind: DirtKind) => injected[dataset][kind] ?? 0;
		const rejected = brokenRules.reduce((sum, rule) => sum + count(rule), 0);
		// The last arrival of a product wins even with the same content; an event may reference an unknown product.
		const superseded = dataset === 'products' ? count('duplicate') : 0;
		const duplicates = dataset === 'products' ? 0 : count('duplicate');
		const orphans = dataset === 'order_items' ? count('unknown_order') + count('unknown_product') : 0;
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
	return Object.fromEntries(generatedDatasets.map((dataset) => [dataset, expectedLabels(dataset)])) as Record<
		GeneratedDataset,
		ExpectedLabels
	>;
}
