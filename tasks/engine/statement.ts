import { InternalError } from '../platform/errors';
import { type Dialect, duckdb } from './dialect';

/** A statement under `sql/`, as its file has it. */
export interface Statement {
	/** The names of the relations that it reads, from the `Inputs:` of its header. */
	readonly inputs: readonly string[];
	/** Its text without the comments. */
	readonly sql: string;
}

const parsed = new Map<string, Statement>();

/** Parses the text of a file under `sql/`: comments that end with `Inputs: a, b (what b is).`, then one `select`. */
export function parseStatement(text: string): Statement {
	const known = parsed.get(text);
	if (known) return known;
	const header = [...text.matchAll(/^\s*-- ?(.*)$/gm)].map(([, comment]) => comment).join(' ');
	const stated = /\bInputs: ([^.]*)\./.exec(header.replace(/\([^)]*\)/g, ''))?.[1] ?? '';
	const statement = {
		inputs: stated
			.split(',')
			.map((name) => name.trim())
			.filter((name) => name !== '' && name !== 'none'),
		sql: text.replace(/^\s*--.*$/gm, '').trim(),
	};
	parsed.set(text, statement);
	return statement;
}

/**
 * One query out of a statement and the relations that it reads: each becomes a common table expression of the name that
 * the statement uses. Throws InternalError where `inputs` are not exactly the ones that its header names.
 */
export function bindInputs(
	statement: Statement,
	sql: string,
	inputs: Readonly<Record<string, string>>,
	{ inline }: Pick<Dialect, 'inline'> = duckdb,
): string {
	const given = Object.keys(inputs);
	const wrong = [
		...statement.inputs.filter((name) => !given.includes(name)),
		...given.filter((name) => !statement.inputs.includes(name)),
	];
	if (wrong.length > 0) {
		throw new InternalError(
			`A statement's inputs and its header disagree about ${wrong.join(', ')}: ${sql.slice(0, 200)}`,
		);
	}
	return withTables(
		given.map((name) => `${name} ${inline} (select * from ${inputs[name]})`),
		sql,
	);
}

/** A query with further common table expressions before its own. */
export function withTables(tables: readonly string[], sql: string): string {
	if (tables.length === 0) return sql;
	const own = /^\s*with\s+(recursive\s+)?/i.exec(sql);
	return `with ${own?.[1] ?? ''}${tables.join(', ')}${own ? `, ${sql.slice(own[0].length)}` : `\n${sql}`}`;
}
