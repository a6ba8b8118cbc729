import { computeAll, inputsOf, type Relation, requireDuckDb } from '../../engine';
import { bindInputs, parseStatement } from '../../engine/statement';
import { fill } from '../../platform/duckdb/fill';
import { DataRefusedError } from '../../platform/errors';
import type { ProjectGoldTable } from '../../project';
import { refusal } from '../../query/duckdb-engine';
import type { GoldRun } from './gold-run';

type Relations = Readonly<Record<string, Relation>>;

/**
 * Checks the statements of a project's table on relations that have their columns. Throws DataRefusedError, with file, line
 * and column, where one has a mistake or does not give the columns of the contract.
 */
export async function checkOwnStatements(
	{ engine }: Pick<GoldRun, 'engine'>,
	own: ProjectGoldTable,
	steps: Readonly<Record<string, string>>,
	sources: Relations,
): Promise<void> {
	await engine.scoped(async (engine) => {
		const known = await computeAll(engine, steps, sources);
		const describe = async (file: string, text: string, known: Relations) => {
			const { sql, start } = numberedSql(text, inputsOf(text, known));
			try {
				return await requireDuckDb(engine).duckdb.rows(`describe ${sql}`);
			} catch (error) {
				throw explain(file, (error as Error).message, start) ?? error;
			}
		};
		const given = (await describe(own.file, own.sql, known)).map(({ column_name }) => String(column_name));
		checkColumns(own, given);
		if (!own.audit) return;
		const rows = await engine.define(own.sql, { inputs: inputsOf(own.sql, known) });
		const found = await describe(own.audit.file, own.audit.sql, { ...known, [own.name]: rows });
		const date = own.table.partition?.column;
		if (date === undefined || found.some(({ column_name }) => column_name === date)) return;
		throw new DataRefusedError(`${own.audit.file}: the statement has to give ${date}, the date that it is about.`);
	});
}

function checkColumns({ table, file, contract }: ProjectGoldTable, given: readonly string[]): void {
	const wanted = [...table.columns.map(({ name }) => name), ...(table.partition ? [table.partition.column] : [])];
	const missing = wanted.find((name) => !given.includes(name));
	if (missing !== undefined) {
		throw new DataRefusedError(
			`${file}: the statement does not give the column ${missing} of ${contract}. It gives ${given.join(', ')}.`,
		);
	}
	const extra = given.find((name) => !wanted.includes(name));
	if (extra === undefined) return;
	throw new DataRefusedError(`${file}: the statement gives the column ${extra}, which ${contract} does not have.`);
}

/** A statement bound to its inputs, each of its lines at the number that it has in the file. */
function numberedSql(text: string, inputs: Relations) {
	const names = Object.fromEntries(Object.entries(inputs).map(([input, { name }]) => [input, name]));
	const code = text
		.replace(/^[ \t]*--.*$/gm, '')
		.replace(/\{\w+\([^(){}]+\)\}/g, (use) => fill(use, {}).replace(/\s*\n\s*/g, ' ') + use.replace(/[^\n]/g, ''));
	const start = code.search(/\S/);
	const blank = code.slice(0, start);
	const statement = code.slice(start);
	const bound = bindInputs(parseStatement(text), statement, names);
	const own = /^with\s+(recursive\s+)?/i.exec(statement)?.[0] ?? '';
	const prefix = bound.slice(0, bound.length - (statement.length - own.length)).replace(/\s*\n\s*/g, ' ');
	// The inputs have a line of their own, so that a column is the file's, too.
	const indent = own.replace(/[^\n]/g, ' ');
	return { sql: `${blank}${prefix}\n${indent}${statement.slice(own.length)}`, start: blank.split('\n').length };
}

/** DuckDB's message with the place in the file: from the line `start` on there is one line more. */
function explain(file: string, message: string, start: number): DataRefusedError | undefined {
	const refused = refusal(file, message);
	if (!refused) return undefined;
	const text = refused.message.replace(/, line (\d+)/, (_, line: string) =>
		Number(line) > start ? `, line ${Number(line) - 1}` : `, line ${line}`,
	);
	return new DataRefusedError(`${text.replace(/\.?$/, '.')} Nothing is published.`);
}
