import { DuckDBDateValue, DuckDBDecimalValue, type DuckDBValue, type Json } from '@duckdb/node-api';
import type { DuckDb } from '../engines/duckdb';
import { DataRefusedError } from '../shared/errors';
import { type Answer, doubleText, type Kind } from './answer';
import { type Parameter, replaceParameters } from './parameters';
import { scan } from './scan';

/** Runs a statement on the tables that were made ready. Throws DataRefusedError, with the place, for bad SQL. */
export async function runOnDuckDb(
	duckdb: DuckDb,
	statement: {
		readonly file: string;
		readonly sql: string;
		readonly parameters: readonly (Parameter & { value: string })[];
	},
): Promise<Answer> {
	const { file, sql, parameters } = statement;
	const aliases = new Map(parameters.map(({ name }, index) => [name, aliasOf(name, index)]));
	const text = replaceParameters(sql, (name) => `$${aliases.get(name)}`);
	const used = new Set(scan(sql).map(({ name }) => name));
	const bound = parameters.filter(({ name }) => used.has(name));
	const values = Object.fromEntries(bound.map((parameter) => [aliases.get(parameter.name), bindable(parameter)]));
	try {
		const { columns, rows } = await duckdb.table(text, values);
		const kinds = columns.map(({ type }) => kindOf(type));
		return {
			columns: columns.map(({ name }, index) => ({ name, kind: kinds[index] ?? 'text' })),
			rows: rows.map((row) => row.map((value, index) => textOf(value, columns[index]?.type ?? ''))),
		};
	} catch (error) {
		const named = [...aliases].reduce(
			(told, [name, alias]) => told.replaceAll(`$${alias}`, `:${name}`),
			(error as Error).message,
		);
		throw refusal(file, named) ?? error;
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
function aliasOf(name: string, index: number): string {
	if (name.length === 1) return name;
	return `p${index.toString(36)}`.padEnd(name.length, '_');
}

const kindOf = (type: string): Kind =>
	type === 'BOOLEAN'
		? 'boolean'
		: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DOUBLE|FLOAT)$/.test(type)
			? 'number'
			: 'text';

function textOf(value: Json, type: string): string | null {
	if (value === null) return null;
	if (typeof value === 'object') return JSON.stringify(value);
	return type === 'DOUBLE' || type === 'FLOAT' ? doubleText(String(value)) : String(value);
}

/** DuckDB's message for a statement that is wrong, in one line with its place; undefined for trouble of another kind. */
export function refusal(file: string, message: string): DataRefusedError | undefined {
	const [, kind, told = ''] = /^(?:Failed to \w+ \w+: )?([\w ]+) Error: ([\s\S]*)$/.exec(message) ?? [];
	if (kind === undefined || /^(IO|Out of Memory|INTERNAL|Internal|Interrupt|Fatal|HTTP)$/i.test(kind)) return undefined;
	const [what = '', excerpt] = told.split(/\n\nLINE /);
	const [, line, lead = '', caret] = /^(\d+)(: )[^\n]*\n([ ]*)\^/.exec(excerpt ?? '') ?? [];
	const isCut = /^\d+: \.\.\./.test(excerpt ?? '');
	const column =
		caret === undefined || line === undefined ? undefined : caret.length - `LINE ${line}${lead}`.length + 1;
	const place = line === undefined ? '' : `, line ${line}${column === undefined || isCut ? '' : `, column ${column}`}`;
	return new DataRefusedError(`${file}${place}: ${what.replace(/\s*\n\s*/g, ' ').trim()}`);
}
