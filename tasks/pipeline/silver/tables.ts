import { type DatasetName, datasetNames, datasets, silverTable, type TableColumn } from '../../contracts';
import { orphansTable, recordsTable } from '../../lake';
import type { FileTable } from '../../lake/partitions';

type Column = Pick<TableColumn, 'name' | 'type'>;

/** A dataset whose records are dated: it has record sets, one a partition. */
export type DatedDataset = Exclude<DatasetName, 'products'>;

/** A dataset whose records need no other to know where they live: their date is part of their key, so they never move. */
export type SelfDated = Exclude<DatedDataset, 'orders' | 'order_items'>;
export const selfDated = datasetNames.filter(
	(name): name is SelfDated => name !== 'products' && name !== 'orders' && name !== 'order_items',
);

/** The columns that make up a record's content, in the contract's order. */
export const contentColumns = (dataset: DatasetName): Column[] =>
	Object.entries(datasets[dataset].fields).map(([name, { type }]) => ({ name, type }));

/** The Silver table of a dataset, as the lake stores it. */
export const silver = (dataset: DatasetName): FileTable => silverTable(datasets[dataset]);

/**
 * The record set of a dataset: every content of every key that is not plain, once a batch, with the first position in
 * the batch and the number of copies. A *plain* key has one content that arrived once, and it is the row in Silver: of
 * these only the batch has to be known, and the partition's entry names it (`facts.plain_batch`); plain keys of any
 * other batch are in the set too.
 */
export const recordSet = (dataset: DatedDataset): FileTable => ({
	name: recordsTable(dataset),
	columns: [
		...contentColumns(dataset).filter(({ name }) => name !== datasets[dataset].partition.column),
		{ name: 'batch', type: 'string' },
		{ name: 'position', type: 'bigint' },
		{ name: 'copies', type: 'int' },
		...(dataset === 'orders' ? [{ name: 'content_date', type: 'date' } as const] : []),
	],
	partition: datasets[dataset].partition,
});

/** The batch that each current product came with. */
export const productRecords: FileTable = {
	name: recordsTable('products'),
	columns: [
		{ name: 'product_id', type: 'string' },
		{ name: 'batch', type: 'string' },
	],
	partition: null,
};

/** Lines that wait for their order (partition `none`) or their product. */
export const orphans: FileTable = {
	name: orphansTable('order_items'),
	columns: [...contentColumns('order_items'), { name: 'waits_for', type: 'string' }, { name: 'batch', type: 'string' }],
	partition: datasets.order_items.partition,
};
