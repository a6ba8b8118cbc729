import { codeTokens, tokenize } from './sql-tokens';

/**
 * Takes the complete statements, each ended by a semicolon, from the start of a text. `rest` is the text after the last
 * one; empty if it holds no SQL.
 */
export function takeStatements(text: string): { readonly statements: readonly string[]; readonly rest: string } {
	const statements: string[] = [];
	let from = 0;
	let isEmpty = true;
	for (const { kind, start, end } of codeTokens(text)) {
		if (kind !== 'semicolon') {
			isEmpty = false;
			continue;
		}
		if (!isEmpty) statements.push(text.slice(from, start).trim());
		from = end;
		isEmpty = true;
	}
	const rest = text.slice(from);
	return { statements, rest: isEmpty && !endsInComment(rest) ? '' : rest };
}

/** Whether a text ends within a block comment: then a character that is appended belongs to it too. */
function endsInComment(text: string): boolean {
	const last = [...tokenize(`${text} `)].at(-1);
	return last?.text.startsWith('/*') === true && last.end > text.length;
}
