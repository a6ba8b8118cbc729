import type { DuckDb } from '../platform/duckdb/duckdb';
import { codeTokens, type Token } from './sql-tokens';

/**
 * The known tables that a statement reads: those that DuckDB finds in it. It finds none if it can't bind the statement
 * without the tables' columns (`using`, `natural join`, `pivot`, `order by 2` and others): then every known name anywhere
 * in the statement counts, even if it turns out to name something else.
 */
export function namedTables(duckdb: DuckDb, sql: string, known: readonly string[]): string[] {
	const code = [...codeTokens(sql)];
	if (asksForColumns(code)) return [];
	const found = new Set(duckdb.tableNames(sql).map((name) => name.toLowerCase()));
	const words = found.size > 0 ? found : listWords(code);
	return known.filter((name) => words.has(name));
}

/** `describe gold_order_kpis` and `show tables` need no rows. */
function asksForColumns([first, ...rest]: readonly Token[]): boolean {
	const isName = ({ kind, text }: Token) =>
		(kind === 'word' && !/^(select|from|table|values|with)$/i.test(text)) || kind === 'quoted' || text === '.';
	return /^(describe|desc|show)$/i.test(first?.text ?? '') && rest.every(isName);
}

/** All words, including quoted ones: `query_table('gold_order_kpis')`. */
function listWords(code: readonly Token[]): Set<string> {
	return new Set(code.flatMap(({ text }) => text.toLowerCase().match(/\w+/g) ?? []));
}
