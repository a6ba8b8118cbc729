import type { Snapshot } from '../../lake';
import { attach, type Workbench } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import { possibleHomes } from './key-index';
import { silver } from './tables';

const keys = { orders: 'order_id', products: 'product_id' } as const;

/**
 * Makes a table of the ids that Silver knows nothing of, out of a query that gives some as `order_id` or `product_id`;
 * none of them is null, and each stands there once. Of the orders only the dates are read at which one of the ids may live.
 */
export async function createUnknown(
	bench: Workbench,
	snapshot: Snapshot,
	dataset: keyof typeof keys,
	{ ids, as }: { readonly ids: string; readonly as: string },
): Promise<void> {
	const table = silver(dataset);
	const key = identifier(keys[dataset]);
	const homes = dataset === 'orders' ? { partitions: await possibleHomes(bench, snapshot, ids) } : {};
	await attach(bench, table, await snapshot.table(table.name), { as: `known_${dataset}`, ...homes });
	await bench.duckdb.execute(
		`create or replace temp table ${identifier(as)} as
		 select distinct ${key} from (${ids}) as given
		 where not exists (select 1 from ${identifier(`known_${dataset}`)} as known where known.${key} = given.${key})`,
	);
}
