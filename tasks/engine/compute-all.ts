import type { Engine, Relation } from './engine';
import { parseStatement } from './statement';

/**
 * Computes statements in their order. Each reads what its header names, of `sources` and of the results of the statements
 * before it. Returns all results by name.
 */
export async function computeAll<N extends string>(
	engine: Engine,
	statements: Readonly<Record<N, string>>,
	sources: Readonly<Record<string, Relation>>,
): Promise<Record<N, Relation>> {
	const known: Record<string, Relation> = { ...sources };
	const results: Partial<Record<N, Relation>> = {};
	for (const [name, statement] of Object.entries<string>(statements)) {
		const inputs = Object.fromEntries(
			parseStatement(statement).inputs.flatMap((input) => (known[input] ? [[input, known[input]]] : [])),
		);
		const result = await engine.keep(statement, { inputs });
		known[name] = result;
		results[name as N] = result;
	}
	return results as Record<N, Relation>;
}
