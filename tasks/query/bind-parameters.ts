import { DuckDBDateValue, DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import { type Parameter, replaceParameters } from './parameters';
import { usedParameters } from './sql-tokens';

/** A statement whose parameters DuckDB binds. */
export interface BoundStatement {
	/** The statement with each `:name` as `$alias`; all positions stay. */
	readonly text: string;
	/** The values of the parameters that it uses, by alias. */
	readonly values: Readonly<Record<string, DuckDBValue>>;
	/** A message of DuckDB with the parameters' own names. */
	readonly restoreNames: (message: string) => string;
}

/** Prepares a statement with parameters for DuckDB. */
export function bindParameters(sql: string, parameters: readonly (Parameter & { value: string })[]): BoundStatement {
	const aliases = new Map(parameters.map(({ name }, index) => [name, makeAlias(name, index)]));
	const used = new Set(usedParameters(sql));
	const bound = parameters.filter(({ name }) => used.has(name));
	return {
		text: replaceParameters(sql, (name) => `$${aliases.get(name)}`),
		values: Object.fromEntries(bound.map((parameter) => [aliases.get(parameter.name), bindable(parameter)])),
		restoreNames: (message) =>
			[...aliases].reduce((text, [name, alias]) => text.replaceAll(`$${alias}`, `:${name}`), message),
	};
}

/** A value as DuckDB binds it. */
function bindable({ type, value }: Parameter & { value: string }): DuckDBValue {
	if (type === 'text') return value;
	if (type === 'int') return Math.abs(Number(value)) < 2 ** 31 ? Number(value) : BigInt(value);
	if (type === 'date') return new DuckDBDateValue(Date.parse(value) / 86_400_000);
	const [, fraction = ''] = value.split('.');
	return new DuckDBDecimalValue(BigInt(value.replace('.', '')), 18, fraction.length);
}

/** A name of the same length that is not a keyword, so that positions in error messages stay correct. */
function makeAlias(name: string, index: number): string {
	if (name.length === 1) return name;
	return `p${index.toString(36)}`.padEnd(name.length, '_');
}
