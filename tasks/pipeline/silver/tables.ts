import { type Contracts, type Dataset, type DatedDataset, silverTable, type TableColumn } from '../../contracts';
import { orphansTable, recordsTable } from '../../lake';
import type { FileTable } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';

type Column = Pick<TableColumn, 'name' | 'type'>;

/** The datasets whose records tell their partition date themselves: it is part of their key, so they never move. */
export function listSelfDated({ datasets }: Contracts): DatedDataset[] {
	const { orders: _, order_items: __, products: ___, ...others } = datasets;
	return Object.values(others).filter((dataset): dataset is DatedDataset => dataset.partition !== null);
}

/** The columns that make up a record's content, in the contract's order. */
export const contentColumns = ({ fields }: Dataset): Column[] =>
	Object.entries(fields).map(([name, { type }]) => ({ name, type }));

/** The same as SQL of their names. */
export const contentSql = (dataset: Dataset): string[] => contentColumns(dataset).map(({ name }) => identifier(name));

/** SQL of the columns of a record that its partition's files hold: its content without the partition column. */
export const storedContentSql = (dataset: DatedDataset): string[] =>
	contentSql(dataset).filter((name) => name !== identifier(dataset.partition.column));

/** The Silver table of a dataset, as the lake stores it. */
export const silver = (dataset: Dataset): FileTable => silverTable(dataset);

/**
 * The version history of a dataset: every version (content) of every key, once a batch, with its first position in the
 * batch and the number of copies. A key with a *single version* that came once is the row in Silver: of these only the
 * batch has to be known. Each partition's entry names the batch of most of them, the *main batch* (stored as
 * `facts.plain_batch`); single versions of other batches are in the history too.
 */
export const versionHistory = (dataset: DatedDataset): FileTable => ({
	name: recordsTable(dataset.name),
	columns: [
		...contentColumns(dataset).filter(({ name }) => name !== dataset.partition.column),
		{ name: 'batch', type: 'string' },
		{ name: 'position', type: 'bigint' },
		{ name: 'copies', type: 'int' },
		// An order's own date is part of its content; it differs from the partition's where another version won.
		...(dataset.name === 'orders' ? [{ name: 'content_date', type: 'date' } as const] : []),
	],
	partition: dataset.partition,
});

/** The batch that each current product came with. */
export const productBatches: FileTable = {
	name: recordsTable('products'),
	columns: [
		{ name: 'product_id', type: 'string' },
		{ name: 'batch', type: 'string' },
	],
	partition: null,
};

/** Order items that wait for their order (partition `none`) or their product. */
export const orphans = (items: DatedDataset): FileTable => ({
	name: orphansTable(items.name),
	columns: [...contentColumns(items), { name: 'waits_for', type: 'string' }, { name: 'batch', type: 'string' }],
	partition: items.partition,
});
