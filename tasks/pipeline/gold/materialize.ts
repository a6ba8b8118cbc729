import type { DuckDBValue } from '@duckdb/node-api';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { identifier } from '../../platform/duckdb/quote';
import { textList } from '../../platform/duckdb/text-list';
import { InternalError } from '../../platform/errors';

/** Runs a statement of `sql/gold/` and keeps its rows under a name; replaces a view of that name. */
export async function materialize(
	duckdb: DuckDb,
	name: string,
	sql: string,
	values?: Record<string, DuckDBValue>,
): Promise<void> {
	// The rows are in a table beside the view, so that `attach` can give the view's name to a table's files later.
	await duckdb.execute(`create or replace temp table ${identifier(`${name}_rows`)} as ${sql}`, values);
	await duckdb.execute(
		`create or replace temp view ${identifier(name)} as select * from ${identifier(`${name}_rows`)}`,
	);
}

/**
 * Keeps rows of texts under a name, each column cast to its type. The texts are bound values, so any text is safe.
 */
export async function materializeTexts(
	duckdb: DuckDb,
	name: string,
	columns: Readonly<Record<string, string>>,
	rows: readonly (readonly string[])[],
): Promise<void> {
	const types = Object.entries(columns);
	if (rows.length === 0) {
		const noRows = types.map(([column, type]) => `cast(null as ${type}) as ${identifier(column)}`);
		return materialize(duckdb, name, `select ${noRows.join(', ')} where false`);
	}
	const lists = types.map(([column], index) => [column, textList(rows.map((row) => row[index] ?? ''))] as const);
	const unnested = types.map(
		([column, type]) => `cast(unnest(cast($${column} as varchar[])) as ${type}) as ${identifier(column)}`,
	);
	await materialize(duckdb, name, `select ${unnested.join(', ')}`, Object.fromEntries(lists));
}

/** `materializeTexts` of one column of dates (`YYYY-MM-DD`). */
export const materializeDates = (
	duckdb: DuckDb,
	name: string,
	column: string,
	dates: readonly string[],
): Promise<void> =>
	materializeTexts(
		duckdb,
		name,
		{ [column]: 'date' },
		dates.map((date) => [date]),
	);

/** Drops what `materialize` kept, and so frees its memory. */
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
