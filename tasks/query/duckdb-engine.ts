import { DuckDBDateValue, DuckDBDecimalValue, type DuckDBValue, type Json, StatementType } from '@duckdb/node-api';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { DataRefusedError } from '../platform/errors';
import { type Parameter, replaceParameters } from './parameters';
import { type ColumnKind, doubleText, type ResultRow, type ResultStream } from './query-result';
import { whatIsAllowed } from './read-only';
import { usedParameters } from './sql-tokens';

/**
 * Runs a statement on the tables that were made ready; its rows come as DuckDB gets to them. Throws DataRefusedError,
 * with the place, for bad SQL, and for a statement that does more than read where it may not.
 */
export async function runOnDuckDb(
	duckdb: DuckDb,
	statement: {
		readonly file: string;
		readonly sql: string;
		readonly parameters: readonly (Parameter & { value: string })[];
	},
	{ unsafe, signal }: { readonly unsafe: boolean; readonly signal: AbortSignal },
): Promise<ResultStream> {
	const { file, sql, parameters } = statement;
	const aliases = new Map(parameters.map(({ name }, index) => [name, makeAlias(name, index)]));
	const text = replaceParameters(sql, (name) => `$${aliases.get(name)}`);
	const used = new Set(usedParameters(sql));
	const bound = parameters.filter(({ name }) => used.has(name));
	const values = Object.fromEntries(bound.map((parameter) => [aliases.get(parameter.name), bindable(parameter)]));
	const explain = (error: unknown) => {
		const named = [...aliases].reduce(
			(told, [name, alias]) => told.replaceAll(`$${alias}`, `:${name}`),
			(error as Error).message,
		);
		return refusal(file, named) ?? error;
	};
	try {
		const { columns, rows } = await duckdb.stream(text, values, {
			signal,
			...(unsafe ? {} : { accept: acceptReading(file) }),
		});
		const types = columns.map(({ type }) => type);
		return {
			columns: columns.map(({ name, type }) => ({ name, kind: columnKind(type) })),
			rows: textRows(rows, types, explain),
		};
	} catch (error) {
		throw explain(error);
	}
}

/** DuckDB's own word for it that a statement only reads: a pivot first makes a type, of the values in its columns. */
const acceptReading = (file: string) => (type: StatementType, isLast: boolean) => {
	const reads = type === StatementType.SELECT || type === StatementType.EXPLAIN;
	if (isLast ? reads : type === StatementType.CREATE) return;
	throw new DataRefusedError(
		`${file}: a statement of DuckDB's type ${StatementType[type]} is refused. ${whatIsAllowed}`,
	);
};

async function* textRows(
	rows: AsyncIterable<Json[][]>,
	types: readonly string[],
	explain: (error: unknown) => unknown,
): AsyncGenerator<ResultRow[]> {
	try {
		for await (const piece of rows)
			yield piece.map((row) => row.map((value, index) => valueText(value, types[index] ?? '')));
	} catch (error) {
		throw explain(error);
	}
}

/** A value as DuckDB binds it. */
function bindable({ type, value }: Parameter & { value: string }): DuckDBValue {
	if (type === 'text') return value;
	if (type === 'int') return Math.abs(Number(value)) < 2 ** 31 ? Number(value) : BigInt(value);
	if (type === 'date') return new DuckDBDateValue(Date.parse(value) / 86_400_000);
	const [, fraction = ''] = value.split('.');
	return new DuckDBDecimalValue(BigInt(value.replace('.', '')), 18, fraction.length);
}

/** A name as long as the parameter's own that is no keyword, so that positions in error messages stay right. */
function makeAlias(name: string, index: number): string {
	if (name.length === 1) return name;
	return `p${index.toString(36)}`.padEnd(name.length, '_');
}

const columnKind = (type: string): ColumnKind =>
	type === 'BOOLEAN'
		? 'boolean'
		: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DOUBLE|FLOAT)$/.test(type)
			? 'number'
			: 'text';

function valueText(value: Json, type: string): string | null {
	if (value === null) return null;
	if (typeof value === 'object') return JSON.stringify(value);
	return type === 'DOUBLE' || type === 'FLOAT' ? doubleText(String(value)) : String(value);
}

/** DuckDB's message for a statement that is wrong, in one line with its place; undefined for trouble of another kind. */
export function refusal(file: string, message: string): DataRefusedError | undefined {
	const [, kind, told = ''] = /^(?:Failed to \w+ \w+: )?([\w ]+) Error: ([\s\S]*)$/.exec(message) ?? [];
	if (kind === undefined || /^(Out of Memory|INTERNAL|Internal|Interrupt|Fatal|HTTP)$/i.test(kind)) return undefined;
	// Any other trouble with files is not the statement's.
	if (kind === 'IO' && !/^No files found that match/.test(told)) return undefined;
	const [what = '', excerpt] = told.split(/\n\nLINE /);
	const [, line, lead = '', caret] = /^(\d+)(: )[^\n]*\n([ ]*)\^/.exec(excerpt ?? '') ?? [];
	const isCut = /^\d+: \.\.\./.test(excerpt ?? '');
	const column =
		caret === undefined || line === undefined ? undefined : caret.length - `LINE ${line}${lead}`.length + 1;
	const place = line === undefined ? '' : `, line ${line}${column === undefined || isCut ? '' : `, column ${column}`}`;
	const allowed = kind === 'Permission' ? `. ${whatIsAllowed}` : '';
	return new DataRefusedError(`${file}${place}: ${what.replace(/\s*\n\s*/g, ' ').trim()}${allowed}`);
}
