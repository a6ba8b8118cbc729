import { fill } from '../platform/duckdb/fill';
import type { Dialect } from './dialect';
import type { StatementOptions } from './engine';
import { bindInputs, parseStatement } from './statement';

/** The query of a statement under `sql/`, with what it reads. */
export function bindStatement(dialect: Dialect, text: string, { inputs, slots = {} }: StatementOptions): string {
	const statement = parseStatement(text);
	const names = Object.fromEntries(Object.entries(inputs).map(([input, { name }]) => [input, name]));
	return bindInputs(statement, fill(statement.sql, slots), names, dialect);
}
