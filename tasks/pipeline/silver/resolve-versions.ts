import contestedItemKeys from '../../../sql/silver/contested-item-keys.sql';
import contestedKeys from '../../../sql/silver/contested-keys.sql';
import numberedOrders from '../../../sql/silver/numbered-orders.sql';
import orphans from '../../../sql/silver/orphans.sql';
import resolvedItems from '../../../sql/silver/resolved-items.sql';
import resolvedOrders from '../../../sql/silver/resolved-orders.sql';
import resolvedRows from '../../../sql/silver/resolved-rows.sql';
import singleCounts from '../../../sql/silver/single-counts.sql';
import singleVersionRows from '../../../sql/silver/single-version-rows.sql';
import winners from '../../../sql/silver/winners.sql';
import type { DatedDataset } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import { ownDateSql, recordKeySql } from './candidates';
import { contentSql } from './tables';

/** Keys with one version that came once and is kept, which is nearly all. */
export interface Singles {
	readonly rows: Relation;
	/** How many there are: `partition_date`, `rank`, `singles`. */
	readonly counts: Relation;
}

/** Candidates divided by whether their key is contested. */
export interface Divided {
	readonly singles: Singles;
	/** All else: each version once a batch, with `is_first` and `is_last`. */
	readonly versions: Relation;
}

/** What became of the candidates, each with its partition date. */
export interface Outcomes {
	readonly singles: Singles;
	/** As `versions`, with `partition_date`, `is_winner`, `is_orphan` and `waits_for`. */
	readonly resolved: Relation;
}

/** Divides the candidates of a dataset, and finds the version that arrived last of each contested key. */
export async function divideVersions(engine: Engine, dataset: DatedDataset, candidates: Relation): Promise<Divided> {
	const contested_keys = await engine.keep(contestedKeys, { inputs: { candidates } });
	return divide(engine, dataset, { candidates, contested_keys }, contentSql(dataset));
}

/** Places the versions of orders at the dates of their winners. */
export const resolveOrders = async (engine: Engine, { singles, versions }: Divided): Promise<Outcomes> => ({
	singles,
	resolved: await engine.keep(resolvedOrders, { inputs: { versions } }),
});

/** Resolves the candidates of a dataset whose records say their date themselves. */
export async function resolveSelfDated(engine: Engine, dataset: DatedDataset, candidates: Relation): Promise<Outcomes> {
	const { singles, versions } = await divideVersions(engine, dataset, candidates);
	const slots = { partition_date: ownDateSql(engine, dataset, 'versions.') };
	return { singles, resolved: await engine.keep(resolvedRows, { inputs: { versions }, slots }) };
}

/**
 * Resolves order items, which have their orders' dates. One that waits for its order or its product is contested, and so
 * is one without a number in an order that has numbered ones.
 */
export async function resolveItems(engine: Engine, items: DatedDataset, placed: Relation): Promise<Outcomes> {
	const candidates = await engine.define(orphans, { inputs: { candidates: placed } });
	const numbered_orders = await engine.keep(numberedOrders, { inputs: { candidates } });
	const contested_keys = await engine.keep(contestedItemKeys, { inputs: { candidates, numbered_orders } });
	const columns = [...contentSql(items), 'partition_date', 'waits_for'];
	const { singles, versions } = await divide(engine, items, { candidates, contested_keys }, columns);
	return { singles, resolved: await engine.keep(resolvedItems, { inputs: { versions, numbered_orders } }) };
}

async function divide(
	engine: Engine,
	dataset: DatedDataset,
	inputs: { readonly candidates: Relation; readonly contested_keys: Relation },
	columns: readonly string[],
): Promise<Divided> {
	const rows = await engine.define(singleVersionRows, { inputs, slots: { columns: contentSql(dataset).join(', ') } });
	return {
		singles: { rows, counts: await engine.keep(singleCounts, { inputs: { single_version_rows: rows } }) },
		versions: await engine.keep(winners, {
			inputs,
			slots: { columns: columns.join(', '), key: recordKeySql(engine, dataset).join(', ') },
		}),
	};
}
