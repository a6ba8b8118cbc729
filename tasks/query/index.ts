import { Readable, type Writable } from 'node:stream';
import type { TaskContext } from '../context';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { UsageError } from '../platform/errors';
import { explain } from '../platform/failure';
import { printable } from '../platform/printable';
import { listOwnTables } from '../project/project';
import { analysesText, listAnalyses } from './list-analyses';
import { asLiteral, listParameters, type Parameter, replaceParameters, withValues } from './parameters';
import { collectRows, formatResult, type OutputFormat, type QueryResult, type ResultStream } from './query-result';
import { checkReadOnly } from './read-only';
import type { ShellWork } from './shell';
import { findStatement, type NamedSql, oneStatement } from './statement';
import { tablesText } from './tables-text';
import { writeRows } from './write-rows';

export { analysesText, listAnalyses } from './list-analyses';
export { formatResult, type OutputFormat, outputFormats, type QueryResult } from './query-result';
export { type NamedStatement, runStatements } from './run-statements';

export const queryEngines = ['duckdb', 'athena'] as const;
export type QueryEngine = (typeof queryEngines)[number];

export interface QueryOptions {
	/** A path, the name of an analysis, a statement, or `-` for standard input. */
	readonly file: string;
	/** As `name=value`. */
	readonly param: readonly string[];
	readonly engine: QueryEngine;
	/** The number of an earlier head; DuckDB only. */
	readonly at?: number | undefined;
	/** Allows the statement everything that the engine can do: read and write files, change settings, drop tables. */
	readonly unsafe?: boolean;
	/** What the statement runs in on DuckDB; by default the task's own, made for it. */
	readonly resources?: QueryResources;
}

/** A DuckDB that has run no statement yet, and a folder that keeps copies of the lake's files from query to query. */
export interface QueryResources {
	readonly duckdb: DuckDb;
	readonly scratch: string;
}

interface Statement {
	/** Its name in messages. */
	readonly file: string;
	/** The text, with its parameters not yet replaced. */
	readonly sql: string;
	readonly parameters: readonly (Parameter & { value: string })[];
}

/** Runs the statement of a file and writes its rows as they arrive. Throws like `runQuery`. */
export async function printQuery(
	context: TaskContext,
	options: QueryOptions & { readonly format: OutputFormat },
	out: Writable,
): Promise<void> {
	await writeRows(await runStatement(context, options), options.format, out);
}

/** The same as one text in memory. */
export async function query(
	context: TaskContext,
	options: QueryOptions & { readonly format: OutputFormat },
): Promise<string> {
	return formatResult(await runQuery(context, options), options.format);
}

/**
 * Runs the statement of a file and collects all rows in memory. Throws UsageError for wrong parameters, NoInputError if the
 * file can't be read, and DataRefusedError for SQL that the engine refuses or that does more than read.
 */
export async function runQuery(context: TaskContext, options: QueryOptions): Promise<QueryResult> {
	return collectRows(await runStatement(context, options));
}

/** Runs a shell on the terminal until its user leaves. */
export async function runQueryShell(
	context: TaskContext,
	options: Pick<QueryOptions, 'engine' | 'at' | 'unsafe'> & { readonly format: OutputFormat },
	terminal: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream },
): Promise<void> {
	const { at, format } = options;
	const [{ runShell }, { historyPath, openHistory }, { listTables }] = await Promise.all([
		import('./shell'),
		import('./shell-history'),
		import('./list-tables'),
	]);
	const lake = await context.lake();
	const scratch = await context.scratch();
	const own = listOwnTables(await context.project());
	const work: ShellWork = {
		run: async (sql, signal) => {
			const duckdb = await context.duckdb();
			const interrupt = () => duckdb.interrupt();
			signal.addEventListener('abort', interrupt);
			try {
				const found = await findStatement(sql, { input: Readable.from([]), unsafe: options.unsafe ?? false });
				const stoppable: TaskContext = Object.create(context, {
					signal: { value: AbortSignal.any([context.signal, signal]) },
				});
				const resources = { duckdb, scratch };
				const { columns, rows } = await runSql(stoppable, found, { ...options, param: [], resources });
				await writeRows({ columns, rows: rowsUntil(rows, signal) }, format, terminal.output);
			} finally {
				signal.removeEventListener('abort', interrupt);
				await duckdb.close();
			}
		},
		tables: async () =>
			tablesText(await listTables(lake, at === undefined ? await lake.newest() : await lake.at(at), own)),
		analyses: () => analysesText(listAnalyses()),
		explain: (error) => printable(explain(error)),
	};
	await runShell(work, { ...terminal, history: openHistory(historyPath(process.env)), signal: context.signal });
}

/** The rows that arrive before the signal is aborted. */
async function* rowsUntil<T>(rows: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
	for await (const piece of rows) {
		signal.throwIfAborted();
		yield piece;
	}
}

async function runStatement(context: TaskContext, options: QueryOptions): Promise<ResultStream> {
	const { file, unsafe = false } = options;
	return runSql(context, await findStatement(file, { input: process.stdin, unsafe }), options);
}

async function runSql(
	context: TaskContext,
	{ named, sql: text }: NamedSql,
	options: Omit<QueryOptions, 'file'>,
): Promise<ResultStream> {
	const { param, engine, unsafe = false } = options;
	const sql = oneStatement(text, named);
	if (!unsafe) checkReadOnly(sql, named, engine);
	const statement = { file: named, sql, parameters: withValues(listParameters(sql), param) };
	return engine === 'athena' ? runOnAthena(context, statement, options) : runOnDuckDb(context, statement, options);
}

async function runOnAthena(
	context: TaskContext,
	statement: Statement,
	{ at }: Pick<QueryOptions, 'at'>,
): Promise<ResultStream> {
	if (at !== undefined) {
		throw new UsageError('Athena reads the head that crawl last published; --at works with --engine duckdb.');
	}
	const { runOnAthena } = await import('./athena-engine');
	return runOnAthena(context, { file: statement.file, sql: withLiterals(statement) });
}

async function runOnDuckDb(
	context: TaskContext,
	statement: Statement,
	{ at, unsafe = false, resources }: Omit<QueryOptions, 'file'>,
): Promise<ResultStream> {
	const [{ mountTables }, { runOnDuckDb }] = await Promise.all([import('./lake-tables'), import('./duckdb-engine')]);
	const lake = await context.lake();
	const [snapshot, duckdb, scratch] = await Promise.all([
		at === undefined ? lake.newest() : lake.at(at),
		resources?.duckdb ?? context.duckdb(),
		resources?.scratch ?? context.scratch(),
	]);
	// Before DuckDB sees the statement.
	if (!unsafe) await duckdb.lock([scratch]);
	const sql = withLiterals(statement);
	const own = listOwnTables(await context.project());
	await mountTables({ lake, snapshot, store: lake.store, duckdb, scratch }, [sql], context.config.database, own);
	return runOnDuckDb(duckdb, statement, { unsafe, signal: context.signal });
}

/** The statement with its parameters replaced by their values. */
function withLiterals({ sql, parameters }: Statement): string {
	const literals = new Map(parameters.map((parameter) => [parameter.name, asLiteral(parameter)]));
	return replaceParameters(sql, (name) => literals.get(name) ?? '');
}
