import type { TaskContext } from '../context';
import { UsageError } from '../shared/errors';
import { type Answer, type Format, formatAnswer } from './answer';
import { asLiteral, parametersOf, replaceParameters, withValues } from './parameters';
import { oneStatement, readStatement } from './statement';

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
}

/** Runs the statement of a file and gives its answer as text, in one of the formats. */
export async function query(
	context: TaskContext,
	options: QueryOptions & { readonly format: Format },
): Promise<string> {
	return formatAnswer(await answer(context, options), options.format);
}

/**
 * Runs the statement of a file. Throws UsageError for wrong parameters, NoInputError where there is no file, and
 * DataRefusedError for SQL that the engine refuses.
 */
export async function answer(context: TaskContext, { file, param, engine, at }: QueryOptions): Promise<Answer> {
	const sql = oneStatement(await readStatement(file, process.stdin), file);
	const parameters = withValues(parametersOf(sql), param);
	const statement = { file: file === '-' ? 'The query' : file, sql, parameters };
	const plain = replaceParameters(sql, (name) => {
		const parameter = parameters.find((parameter) => parameter.name === name);
		return parameter ? asLiteral(parameter) : name;
	});
	if (engine === 'athena') {
		if (at !== undefined) {
			throw new UsageError('Athena reads the head that crawl last published; --at works with --engine duckdb.');
		}
		const { runOnAthena } = await import('./athena-engine');
		const { database, workgroup } = context.config;
		return runOnAthena(await context.aws.athena(), statement, { database, workgroup, signal: context.signal });
	}
	const [{ layOut }, { runOnDuckDb }] = await Promise.all([import('./lake-tables'), import('./duckdb-engine')]);
	const lake = await context.lake();
	const [snapshot, duckdb, scratch] = await Promise.all([
		at === undefined ? lake.newest() : lake.at(at),
		context.duckdb(),
		context.scratch(),
	]);
	await layOut({ lake, snapshot, store: lake.store, duckdb, scratch }, plain, {
		names: duckdb.tableNames(plain),
		database: context.config.database,
	});
	return runOnDuckDb(duckdb, statement);
}
