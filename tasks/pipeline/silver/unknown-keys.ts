import unknownKeys from '../../../sql/silver/unknown-keys.sql';
import { datasets } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import type { Snapshot } from '../../lake';
import { identifier } from '../../platform/duckdb/quote';
import { possibleOrderDates } from './key-index';
import { silver } from './tables';

const keys = { orders: 'order_id', products: 'product_id' } as const;

/**
 * The ids that Silver does not have, of those that a relation has as `order_id` or `product_id`; none of them is null,
 * and each stands there once. Of the orders only the dates are read at which one of the ids may stand.
 */
export async function findUnknownKeys(
	engine: Engine,
	snapshot: Snapshot,
	dataset: keyof typeof keys,
	ids: Relation,
): Promise<Relation> {
	const table = silver(datasets[dataset]);
	const dates = dataset === 'orders' ? await possibleOrderDates({ engine, snapshot }, ids) : undefined;
	const known = await engine.attach(table, await snapshot.table(table.name), dates);
	return engine.keep(unknownKeys, { inputs: { ids, known }, slots: { key: identifier(keys[dataset]) } });
}
