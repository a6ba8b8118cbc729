import type { TaskContext } from '../context';
import type { Snapshot } from '../lake';
import { listOwnTables } from '../project/project';
import { runOnDuckDb } from './duckdb-engine';
import { mountTables } from './lake-tables';
import { asLiteral, listParameters, replaceParameters, withValues } from './parameters';
import { collectRows, type QueryResult } from './query-result';

/** A statement of the program's own, with values for its parameters. */
export interface NamedStatement {
	/** Its name in messages. */
	readonly name: string;
	readonly sql: string;
	/** As `name=value`; others keep their defaults. */
	readonly param?: readonly string[];
}

/**
 * Runs statements one after the other on DuckDB, all on the same state of the lake, and collects their rows in memory. The
 * files of a table are downloaded once. Throws like `runQuery`.
 */
export async function runStatements(
	context: TaskContext,
	snapshot: Snapshot,
	statements: readonly NamedStatement[],
): Promise<QueryResult[]> {
	const lake = await context.lake();
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	await duckdb.lock([scratch]);
	const prepared = statements.map(({ name, sql, param = [] }) => ({
		file: name,
		sql,
		parameters: withValues(listParameters(sql), param),
	}));
	const texts = prepared.map(({ sql, parameters }) => {
		const literals = new Map(parameters.map((parameter) => [parameter.name, asLiteral(parameter)]));
		return replaceParameters(sql, (name) => literals.get(name) ?? '');
	});
	const own = listOwnTables(await context.project());
	await mountTables({ lake, snapshot, store: lake.store, duckdb, scratch }, texts, context.config.database, own);
	const results: QueryResult[] = [];
	for (const statement of prepared) {
		results.push(await collectRows(await runOnDuckDb(duckdb, statement, { unsafe: false, signal: context.signal })));
	}
	return results;
}
