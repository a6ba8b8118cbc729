import type { Writable } from 'node:stream';
import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import { type Answer, type AnswerStream, collect, type Format, formatAnswer } from './answer';
import { asLiteral, listParameters, type Parameter, replaceParameters, withValues } from './parameters';
import { checkReadOnly } from './read-only';
import { oneStatement, readStatement } from './statement';
import { writeRows } from './write-rows';

export { type Answer, type Format, formatAnswer, formats } from './answer';

export const engines = ['duckdb', 'athena'] as const;
export type Engine = (typeof engines)[number];

export interface QueryOptions {
	/** A path, or `-` for standard input. */
	readonly file: string;
	/** As `name=value`. */
	readonly param: readonly string[];
	readonly engine: Engine;
	/** The number of an earlier head; DuckDB only. */
	readonly at?: number | undefined;
	/** Lets the statement do anything that the engine can: read and write files, change settings, drop tables. */
	readonly unsafe?: boolean;
}

interface Statement {
	/** What messages call it. */
	readonly file: string;
	/** The text with its parameters. */
	readonly sql: string;
	readonly parameters: readonly (Parameter & { value: string })[];
}

/** Runs the statement of a file and writes its rows as they come, in one of the formats. Throws as `answer` does. */
export async function printQuery(
	context: TaskContext,
	options: QueryOptions & { readonly format: Format },
	out: Writable,
): Promise<void> {
	await writeRows(await run(context, options), options.format, out);
}

/** The same as one text, in memory. */
export async function query(
	context: TaskContext,
	options: QueryOptions & { readonly format: Format },
): Promise<string> {
	return formatAnswer(await answer(context, options), options.format);
}

/**
 * Runs the statement of a file; all rows are in memory. Throws UsageError for wrong parameters, NoInputError where the
 * file can't be read, and DataRefusedError for SQL that the engine refuses or that does more than read.
 */
export async function answer(context: TaskContext, options: QueryOptions): Promise<Answer> {
	return collect(await run(context, options));
}

async function run(context: TaskContext, options: QueryOptions): Promise<AnswerStream> {
	const { file, param, engine, unsafe = false } = options;
	const named = file === '-' ? 'The query' : file;
	const sql = oneStatement(await readStatement(file, process.stdin), named);
	if (!unsafe) checkReadOnly(sql, named, engine);
	const statement = { file: named, sql, parameters: withValues(listParameters(sql), param) };
	return engine === 'athena' ? runOnAthena(context, statement, options) : runOnDuckDb(context, statement, options);
}

async function runOnAthena(context: TaskContext, statement: Statement, { at }: QueryOptions): Promise<AnswerStream> {
	if (at !== undefined) {
		throw new UsageError('Athena reads the head that crawl last published; --at works with --engine duckdb.');
	}
	const { runOnAthena } = await import('./athena-engine');
	return runOnAthena(context, { file: statement.file, sql: withLiterals(statement) });
}

async function runOnDuckDb(
	context: TaskContext,
	statement: Statement,
	{ at, unsafe = false }: QueryOptions,
): Promise<AnswerStream> {
	const [{ mountTables }, { runOnDuckDb }] = await Promise.all([import('./lake-tables'), import('./duckdb-engine')]);
	const lake = await context.lake();
	const [snapshot, duckdb, scratch] = await Promise.all([
		at === undefined ? lake.newest() : lake.at(at),
		context.duckdb(),
		context.scratch(),
	]);
	// Before DuckDB sees anything of the statement.
	if (!unsafe) await duckdb.lock([scratch]);
	const plain = withLiterals(statement);
	await mountTables({ lake, snapshot, store: lake.store, duckdb, scratch }, plain, context.config.database);
	return runOnDuckDb(duckdb, statement, { unsafe, signal: context.signal });
}

/** The statement with its parameters' values put in. */
function withLiterals({ sql, parameters }: Statement): string {
	const literals = new Map(parameters.map((parameter) => [parameter.name, asLiteral(parameter)]));
	return replaceParameters(sql, (name) => literals.get(name) ?? '');
}
