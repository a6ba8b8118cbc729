import type { TaskContext } from '../../context';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literals } from '../../platform/duckdb/quote';
import type { StagedBatch } from './staged-batch';

/** Lines that name a product of their order once more, without a line number to tell them apart. */
export interface RepeatedProducts {
	readonly orders: number;
	/** Lines that will not count: of the lines of one product only one is kept. */
	readonly lines: number;
}

/**
 * Finds the lines of a batch that Silver will not keep, because another line of their order has the same product and neither
 * has a `line_number`; warns of them. Undefined where there are none.
 */
export async function warnOfRepeatedProducts(
	context: TaskContext,
	duckdb: DuckDb,
	staged: readonly StagedBatch[],
): Promise<RepeatedProducts | undefined> {
	const items = staged.find(({ manifest }) => manifest.dataset === 'order_items')?.objects ?? [];
	if (items.length === 0) return undefined;
	const { orders, lines } = await duckdb.row(
		`select count(distinct order_id) as orders, coalesce(sum(n - 1), 0) as lines
		 from (
			select order_id, count(*) as n from read_parquet([${literals(items.map(({ path }) => path))}])
			where line_number is null group by order_id, product_id having count(*) > 1
		 )`,
	);
	const repeated = { orders: Number(orders), lines: Number(lines) };
	if (repeated.lines === 0) return undefined;
	context.log.warn(
		`${repeated.orders} ${repeated.orders === 1 ? 'order has' : 'orders have'} one product on several lines without a line_number: only the last of these lines counts, and ${repeated.lines} will not. If they are lines of their own, give each a line_number and ingest the batch again.`,
	);
	return repeated;
}
