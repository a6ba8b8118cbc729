import { type Json, StatementType } from '@duckdb/node-api';
import { datasets } from '../contracts';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { DataRefusedError } from '../platform/errors';
import { bindParameters } from './bind-parameters';
import type { Parameter } from './parameters';
import { type ColumnKind, doubleText, type ResultRow, type ResultStream } from './query-result';
import { whatIsAllowed } from './read-only';

/**
 * Runs a statement on the mounted tables and streams its rows. Throws DataRefusedError, with the position, for bad SQL, and
 * for a statement that does more than read unless it may.
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
	const { text, values, restoreNames } = bindParameters(sql, parameters);
	const explain = (error: unknown) => {
		const refused = refusal(file, restoreNames((error as Error).message));
		return refused ? new DataRefusedError(explainMissingTable(refused.message)) : error;
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

/** The message with a way to find the table if there is none of that name; DuckDB suggests any name that is spelt alike. */
function explainMissingTable(message: string): string {
	const [, name] = /Table with name (\w+) does not exist!/.exec(message) ?? [];
	if (name === undefined) return message;
	const suggestion = Object.hasOwn(datasets, name) ? ` Did you mean "silver_${name}"?` : undefined;
	const named = suggestion ? message.replace(/(?<=does not exist!).*$/, suggestion) : message;
	return `${named} 'shoplake tables' lists all.`;
}

/** Checks DuckDB's own statement type. A pivot is two statements: the first creates a type from the values of its column. */
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

/** DuckDB's message for an invalid statement, in one line with its position; undefined for any other error. */
export function refusal(file: string, message: string): DataRefusedError | undefined {
	const [, kind, text = ''] = /^(?:Failed to \w+ \w+: )?([\w ]+) Error: ([\s\S]*)$/.exec(message) ?? [];
	if (kind === undefined || /^(Out of Memory|INTERNAL|Internal|Interrupt|Fatal|HTTP)$/i.test(kind)) return undefined;
	// Other file errors are not the statement's fault.
	if (kind === 'IO' && !/^No files found that match/.test(text)) return undefined;
	const [what = '', excerpt] = text.split(/\n\nLINE /);
	const [, line, lead = '', caret] = /^(\d+)(: )[^\n]*\n([ ]*)\^/.exec(excerpt ?? '') ?? [];
	const isCut = /^\d+: \.\.\./.test(excerpt ?? '');
	const column =
		caret === undefined || line === undefined ? undefined : caret.length - `LINE ${line}${lead}`.length + 1;
	const place = line === undefined ? '' : `, line ${line}${column === undefined || isCut ? '' : `, column ${column}`}`;
	const allowed = kind === 'Permission' ? `. ${whatIsAllowed}` : '';
	return new DataRefusedError(`${file}${place}: ${what.replace(/\s*\n\s*/g, ' ').trim()}${allowed}`);
}
