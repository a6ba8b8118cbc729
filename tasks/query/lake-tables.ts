import { type Dataset, datasets, gadgetSalesView, liveOrders, silverTable, tables } from '../contracts';
import { identifier } from '../engines/quote';
import { attach, type FileTable, type Workbench } from '../engines/table-files';
import type { Lake, Snapshot } from '../lake';
import { attachBatches } from './batch-tables';
import { attachBronze, attachQuarantine, attachRefused } from './bronze-tables';
import { attachLive } from './live-tables';

/** What a query on the DuckDB engine may read: the tables of the catalogue, and the lake's own books. */
export type LakeTables = ReadonlyMap<string, (desk: Desk) => Promise<void>>;

/** Where tables are laid out for a query; each becomes a view of its own name. */
export interface Desk extends Workbench {
	readonly lake: Lake;
	readonly snapshot: Snapshot;
}

/** Order lines that wait for their order or product, as `clean` keeps them. */
const orphans: FileTable = {
	name: 'orphans_order_items',
	columns: [
		...silverTable(datasets.order_items).columns.filter(({ name }) => name !== 'line_amount'),
		{ name: 'waits_for', type: 'string' },
		{ name: 'batch', type: 'string' },
	],
	partition: { column: 'order_date' },
};

/** Every table of a head by name, with what makes its view. */
export const lakeTables: LakeTables = new Map([
	...tables.map((table) => [table.name, attached(table, table.name)] as const),
	...Object.values(datasets).map(
		(dataset: Dataset) => [`bronze_${dataset.name}`, (desk: Desk) => attachBronze(desk, dataset)] as const,
	),
	['lake_batches', attachBatches] as const,
	['lake_orphans', attached(orphans, 'lake_orphans')] as const,
	['lake_quarantine', attachQuarantine] as const,
	['lake_refused', attachRefused] as const,
]);

function attached(table: FileTable, as: string): (desk: Desk) => Promise<void> {
	return async (desk) => attach(desk, table, await desk.snapshot.table(table.name), { as });
}

const liveNames: readonly string[] = [liveOrders.name, gadgetSalesView.name];

/**
 * Makes views of the tables that a statement names, and of no other; by their name alone and, because Athena's users
 * write it so, in a schema named like the Glue database.
 */
export async function layOut(
	desk: Desk,
	sql: string,
	{ names, database }: { readonly names: readonly string[]; readonly database: string },
): Promise<void> {
	const wanted = [...new Set(names.map((name) => name.toLowerCase()))];
	await desk.duckdb.execute(`create schema if not exists ${identifier(database)}`);
	const fetchLive = wanted.some((name) => liveNames.includes(name)) ? await attachLive(desk) : undefined;
	for (const name of wanted) {
		const makeView = lakeTables.get(name);
		if (makeView === undefined && !liveNames.includes(name)) continue;
		await makeView?.(desk);
		await desk.duckdb.execute(
			`create view ${identifier(database)}.${identifier(name)} as select * from temp.main.${identifier(name)}`,
		);
	}
	await fetchLive?.(sql);
}
