import type { DuckDb } from '../../engines/duckdb';
import { identifier } from '../../engines/quote';
import { InternalError } from '../../shared/errors';

/** Runs a statement of `sql/gold/` and keeps its rows under a name, in place of whatever view had that name. */
export async function materialize(duckdb: DuckDb, name: string, sql: string): Promise<void> {
	// The rows stand beside the view, so that `attach` can give the name to a table's files later on.
	await duckdb.execute(`create or replace temp table ${identifier(`${name}_rows`)} as ${sql}`);
	await duckdb.execute(
		`create or replace temp view ${identifier(name)} as select * from ${identifier(`${name}_rows`)}`,
	);
}

/** Gives back the memory of what `materialize` kept. */
export async function release(duckdb: DuckDb, names: readonly string[]): Promise<void> {
	for (const name of names) {
		await duckdb.execute(`drop view if exists ${identifier(name)}`);
		await duckdb.execute(`drop table if exists ${identifier(`${name}_rows`)}`);
	}
}

/** Runs an audit of `sql/gold/`; throws InternalError with the first figure that is not what it should be. */
export async function audit(duckdb: DuckDb, sql: string): Promise<void> {
	const [broken] = await duckdb.rows(sql);
	if (!broken) return;
	const date = broken.order_date ?? broken.event_date ?? broken.sale_date;
	throw new InternalError(
		`Gold of ${date} does not add up: ${broken.figure} is ${broken.amount}, ${broken.other_figure} is ${broken.other_amount}. Nothing is published.`,
	);
}
