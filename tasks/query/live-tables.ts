import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import gadgetSalesSql from '../../sql/live/gadget-sales.sql';
import { gadgetSalesView, liveOrders } from '../contracts';
import { fill } from '../platform/duckdb/fill';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import { copyLines, listLiveObjects } from './live-objects';
import { neededDays } from './needed-days';
import type { QuerySession } from './query-session';

/** The column in the folder names of the copies, a date. */
const column = 'delivered_on';

/**
 * Mounts `live_orders`, the records that Firehose has delivered up to now, all values as text and independent of the head;
 * and `gadget_sales`, with the same statement as Athena's view. Both have no rows until the returned function has copied the
 * days that a statement needs: its plan shows them once all its tables are mounted.
 */
export async function mountLiveTables(session: QuerySession): Promise<(sql: string) => Promise<void>> {
	// A later query of the same session finds other objects.
	const folder = await mkdtemp(join(session.scratch, `${liveOrders.name}-`));
	const objects = await listLiveObjects(session.store, liveOrders.prefix);
	const days = [...new Set(objects.map(({ day }) => day))];
	await createViews(session, await placeholders(days, join(folder, 'none')));
	return async (sql) => {
		const needed = new Set(await neededDays(session.duckdb, sql, { column, days }));
		const wanted = objects.filter(({ day }) => needed.has(day));
		await createViews(
			session,
			await copyLines(session.store, wanted, (day) => join(folder, 'all', `${column}=${day}`)),
		);
	};
}

/** Writes an empty file for each day. */
async function placeholders(days: readonly string[], folder: string): Promise<string[]> {
	await mkdir(folder, { recursive: true });
	return Promise.all(
		days.map(async (day) => {
			await mkdir(join(folder, `${column}=${day}`));
			const path = join(folder, `${column}=${day}`, '0.ndjson');
			await writeFile(path, '');
			return path;
		}),
	);
}

async function createViews({ duckdb }: QuerySession, paths: readonly string[]): Promise<void> {
	const names = liveOrders.columns.map(({ name }) => name);
	const day = identifier(liveOrders.partition.column);
	const shape = names.map((name) => `${literal(name)}: 'varchar'`).join(', ');
	const source =
		paths.length === 0
			? `select ${[...names.map((name) => `cast(null as varchar) as ${identifier(name)}`), `cast(null as date) as ${column}`].join(', ')} where false`
			: `select * from read_json([${literals(paths)}], format = 'newline_delimited', columns = {${shape}},
				ignore_errors = true, hive_partitioning = true, hive_types = {'${column}': date})`;
	const view = (name: string, sql: string) =>
		duckdb.execute(`create or replace temp view ${identifier(name)} as ${sql}`);
	await view('delivered_live_orders', `select *, strftime(${column}, '%Y/%m/%d') as ${day} from (${source})`);
	await view(liveOrders.name, `select * exclude (${column}) from delivered_live_orders`);
	await view(
		gadgetSalesView.name,
		`with live_orders as (select * from delivered_live_orders)
		 select * from (${fill(gadgetSalesSql, { date: column })})`,
	);
}
