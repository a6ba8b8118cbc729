import { parseStatement } from '../engine/statement';
import { ConfigurationError } from '../platform/errors';
import type { ProjectGoldTable } from './project';

const firstWord = /^(select|with)\b/i;
/** What may have a semicolon that ends no statement. */
const commentsAndQuotes = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*$|\/\*[\s\S]*?\*\//gm;

/**
 * Checks what the texts alone tell about the statements of a project. Throws ConfigurationError, with the file, where one
 * has no `Inputs:` or is not one `select`, and where statements read each other in a circle.
 */
export function checkStatements(tables: readonly ProjectGoldTable[]): void {
	for (const { sql, file, audit } of tables) {
		checkStatement(sql, file);
		if (audit) checkStatement(audit.sql, audit.file);
	}
	const byName = new Map(tables.map((table) => [table.name, table]));
	for (const table of tables) checkCircle(table, byName, []);
}

function checkStatement(text: string, file: string): void {
	const { inputs, sql } = parseStatement(text);
	if (inputs.length === 0) {
		throw new ConfigurationError(
			`${file}: its header does not say what it reads. Begin with a comment such as '-- Inputs: orders, order_items.', with the full stop.`,
		);
	}
	if (!firstWord.test(sql)) {
		throw new ConfigurationError(`${file}: the statement has to be one 'select', with or without 'with' before it.`);
	}
	if (/;\s*\S/.test(sql.replace(commentsAndQuotes, ''))) {
		throw new ConfigurationError(`${file}: a file holds one statement, and this one has a ';'.`);
	}
}

function checkCircle(
	{ name, sql, file }: ProjectGoldTable,
	tables: ReadonlyMap<string, ProjectGoldTable>,
	path: readonly string[],
): void {
	if (path.includes(name)) {
		throw new ConfigurationError(`${file}: statements read each other in a circle: ${[...path, name].join(', ')}.`);
	}
	for (const input of parseStatement(sql).inputs) {
		const other = tables.get(input);
		if (other) checkCircle(other, tables, [...path, name]);
	}
}
