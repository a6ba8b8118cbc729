import contestedItemKeys from '../../../sql/silver/contested-item-keys.sql';
import contestedKeys from '../../../sql/silver/contested-keys.sql';
import numberedOrders from '../../../sql/silver/numbered-orders.sql';
import orphansSql from '../../../sql/silver/orphans.sql';
import resolvedItems from '../../../sql/silver/resolved-items.sql';
import resolvedOrders from '../../../sql/silver/resolved-orders.sql';
import resolvedRows from '../../../sql/silver/resolved-rows.sql';
import singleVersionRows from '../../../sql/silver/single-version-rows.sql';
import winners from '../../../sql/silver/winners.sql';
import type { Engine, Relation } from '../../engine';
import { ownDateSql, recordKeySql } from './candidates';
import { contentSql, type DatedDataset } from './tables';

/** Candidates divided by whether their key is contested. */
export interface Resolved {
	/** Keys with one version that came once and is kept, which is nearly all. */
	readonly singles: Relation;
	/** All else: each version once a batch, with `is_first` and `is_winner`. */
	readonly versions: Relation;
}

/** What became of the candidates, each with its partition date. */
export interface Outcomes {
	readonly singles: Relation;
	/** As `versions`, with `partition_date`, `is_orphan` and `waits_for`. */
	readonly resolved: Relation;
}

/** Divides the candidates of a dataset, and finds the winner of each contested key. */
export async function resolveVersions(
	engine: Engine,
	dataset: Exclude<DatedDataset, 'order_items'>,
	candidates: Relation,
): Promise<Resolved> {
	const contested = await engine.keep(contestedKeys, { inputs: { candidates } });
	return divide(engine, dataset, candidates, contested, { columns: contentSql(dataset), loses: 'false' });
}

/**
 * The same for order items. One that waits for its order or its product is contested, too. An item without a number loses
 * in an order that has numbered ones.
 */
export async function resolveItemVersions(engine: Engine, placed: Relation): Promise<Resolved> {
	const candidates = await engine.define(orphansSql, { inputs: { candidates: placed } });
	const numbered_orders = await engine.keep(numberedOrders, { inputs: { candidates } });
	const contested = await engine.keep(contestedItemKeys, { inputs: { candidates, numbered_orders } });
	return divide(engine, 'order_items', candidates, contested, {
		columns: [...contentSql('order_items'), 'partition_date', 'waits_for'],
		loses: `line_number is null and order_id in (select order_id from ${numbered_orders.name})`,
	});
}

async function divide(
	engine: Engine,
	dataset: DatedDataset,
	candidates: Relation,
	contested_keys: Relation,
	{ columns, loses }: { readonly columns: readonly string[]; readonly loses: string },
): Promise<Resolved> {
	const inputs = { candidates, contested_keys };
	return {
		singles: await engine.define(singleVersionRows, { inputs, slots: { columns: contentSql(dataset).join(', ') } }),
		versions: await engine.keep(winners, {
			inputs,
			slots: { columns: columns.join(', '), key: recordKeySql(dataset).join(', '), loses },
		}),
	};
}

/** Places the versions of contested keys at their partition dates; of order items it tells the orphans. */
export async function placeVersions(
	engine: Engine,
	dataset: DatedDataset,
	{ singles, versions }: Resolved,
): Promise<Outcomes> {
	const inputs = { versions };
	switch (dataset) {
		case 'orders':
			return { singles, resolved: await engine.keep(resolvedOrders, { inputs }) };
		case 'order_items':
			return { singles, resolved: await engine.keep(resolvedItems, { inputs }) };
		default: {
			const slots = { partition_date: ownDateSql(dataset, 'versions.') };
			return { singles, resolved: await engine.keep(resolvedRows, { inputs, slots }) };
		}
	}
}
