import { InternalError } from '../platform/errors';
import { shortDigest } from '../platform/short-digest';
import type { Engine, Relation } from './engine';
import { parseStatement } from './statement';

type Relations = Readonly<Record<string, Relation>>;

/**
 * Computes statements, by the name of their results. Each reads what its header names, of `sources` and of the results of
 * the others, whatever their order. Returns the results and the sources.
 */
export async function computeAll(
	engine: Engine,
	statements: Readonly<Record<string, string>>,
	sources: Relations,
): Promise<Relations> {
	const known: Record<string, Relation> = { ...sources };
	for (const name of inOrder(statements)) {
		const statement = statements[name] as string;
		known[name] = await engine.keep(statement, { inputs: inputsOf(statement, known) });
	}
	return known;
}

/** The relations that a statement's header names. */
export function inputsOf(statement: string, known: Relations): Relations {
	const { inputs } = parseStatement(statement);
	return Object.fromEntries(inputs.flatMap((name) => (known[name] ? [[name, known[name]]] : [])));
}

/** What a statement reads of relations that none of `statements` gives: by itself, or through those that it reads. */
export function sourcesOf(statement: string, statements: Readonly<Record<string, string>>): string[] {
	const names = parseStatement(statement).inputs.flatMap((name) => {
		const other = statements[name];
		return other === undefined ? [name] : sourcesOf(other, statements);
	});
	return [...new Set(names)];
}

/** The names of those of `statements` that a statement reads, by itself or through others. */
export function neededBy(statement: string, statements: Readonly<Record<string, string>>): string[] {
	const own = parseStatement(statement).inputs.filter((name) => statements[name] !== undefined);
	return [...new Set(own.flatMap((name) => [...neededBy(statements[name] as string, statements), name]))];
}

/** A digest of the text of a statement and of those that it reads; comments and indentation don't count. */
export function digestOf(statement: string, statements: Readonly<Record<string, string>>): string {
	const texts = [statement, ...neededBy(statement, statements).map((name) => statements[name] as string)];
	const lines = texts.map((text) =>
		parseStatement(text)
			.sql.split('\n')
			.map((line) => line.trim())
			.filter((line) => line !== ''),
	);
	return shortDigest(JSON.stringify(lines));
}

/** The names of statements, each after those that it reads. Throws InternalError where one reads its own result. */
function inOrder(statements: Readonly<Record<string, string>>): string[] {
	const ordered: string[] = [];
	const visit = (name: string, path: readonly string[]): void => {
		const statement = statements[name];
		if (statement === undefined || ordered.includes(name)) return;
		if (path.includes(name)) throw new InternalError(`Statements read each other in a circle: ${path.join(', ')}.`);
		for (const input of parseStatement(statement).inputs) visit(input, [...path, name]);
		ordered.push(name);
	};
	for (const name of Object.keys(statements)) visit(name, []);
	return ordered;
}
