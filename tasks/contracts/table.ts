import type { TableColumn } from './column';
import type { Dataset } from './dataset';

/** A table that users query: what a row is, its columns, and the date that partitions it. */
export interface Table {
	/** The name in Glue and in SQL, with its layer: `silver_orders`. */
	readonly name: string;
	readonly layer: 'silver' | 'gold';
	readonly description: string;
	readonly columns: readonly TableColumn[];
	/** The partition column, always of type `date`; null for an unpartitioned table. */
	readonly partition: { readonly column: string; readonly description: string } | null;
}

/** The Silver table of a dataset: its typed fields, then the derived columns, then the partition. */
export function silverTable(dataset: Dataset): Table {
	const own = Object.entries(dataset.fields)
		.filter(([name]) => name !== dataset.partition?.column)
		.map(([name, field]) => ({
			name,
			type: field.type,
			nullable: !field.required,
			description: field.description,
		}));
	const derived = dataset.derived.map(({ sql: _, fits: __, ...column }) => column);
	return {
		name: `silver_${dataset.name}`,
		layer: 'silver',
		description: dataset.description,
		columns: [...own, ...derived],
		partition: dataset.partition,
	};
}
