import { existsSync } from 'node:fs';
import { join } from 'node:path';
import gadgetSales from '../../sql/live/gadget-sales.sql';
import { liveOrders } from '../contracts';
import { identifier, literal, literals } from '../engines/quote';
import { delivered, fetchLines } from './delivered';
import type { Desk } from './lake-tables';

/**
 * `live_orders`: the records as Firehose has delivered them up to now, of whatever head, each value as text; the day as
 * its prefix spells it. All days are copied: which ones a statement needs can't be told from its text for sure.
 */
export async function attachLiveOrders({ duckdb, store, scratch }: Desk): Promise<void> {
	const folder = join(scratch, liveOrders.name);
	// `gadget_sales` reads it too, and one copy is one state of what had been delivered.
	if (existsSync(folder)) return;
	const paths = await fetchLines(store, await delivered(store, liveOrders.prefix), folder);
	const names = liveOrders.columns.map(({ name }) => name);
	const day = identifier(liveOrders.partition.column);
	const columns = names.map(identifier).join(', ');
	const shape = names.map((name) => `${literal(name)}: 'varchar'`).join(', ');
	const rows =
		paths.length === 0
			? `select ${[...names.map(identifier), day].map((name) => `cast(null as varchar) as ${name}`).join(', ')} where false`
			: `select ${columns}, replace(${day}, '-', '/') as ${day} from read_json([${literals(paths)}],
				format = 'newline_delimited', columns = {${shape}}, ignore_errors = true, hive_partitioning = true, hive_types_autocast = false)`;
	await duckdb.execute(`create or replace temp view ${identifier(liveOrders.name)} as ${rows}`);
}

/** `gadget_sales`: the same statement over `live_orders` as Athena's view. */
export async function attachGadgetSales(desk: Desk): Promise<void> {
	await attachLiveOrders(desk);
	await desk.duckdb.execute(`create or replace temp view gadget_sales as ${gadgetSales}`);
}
