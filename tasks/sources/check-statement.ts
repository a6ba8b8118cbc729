import type { DuckDb } from '../platform/duckdb/duckdb';
import { literal } from '../platform/duckdb/quote';
import { DataRefusedError } from '../platform/errors';
import { type NamedStatement, position } from './statement-error';

/** Functions that give rows and read nothing but their arguments. */
const rowFunctions = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree', 'repeat_row']);
/** Functions that read or change the state of DuckDB, or wait. */
const stateFunctions =
	/^(current_setting|getenv|getvariable|write_log|nextval|currval|current_query|sleep_ms|pg_sleep|txid_current)$/i;
/** Functions that give another value each time: the same files would give other records. */
const randomFunctions = /^(random|uuid|gen_random_uuid|uuidv4|uuidv7)$/i;

const whatIsAllowed = 'A statement of a source is one select over the relations and views of the source.';

/** A node of the syntax tree that `json_serialize_sql` gives. */
type SyntaxNode = { readonly [name: string]: unknown };

/**
 * Throws DataRefusedError, with file, line and column, unless a text is one select that reads nothing but `relations`. DuckDB
 * parses it and does not run it.
 */
export async function checkStatement(
	duckdb: DuckDb,
	statement: NamedStatement,
	relations: readonly string[],
): Promise<void> {
	const { file, sql } = statement;
	if (sql.includes('\0')) throw new DataRefusedError(`${file} has a NUL character. Remove it; SQL is text.`);
	const { tree } = await duckdb.row(`select cast(json_serialize_sql(${literal(sql)}) as varchar) as tree`);
	const parsed = JSON.parse(String(tree)) as SyntaxNode;
	if (parsed.error_type === 'parser') {
		throw new DataRefusedError(`${position(statement, Number(parsed.position))}: ${parsed.error_message}`);
	}
	const statements = (parsed.statements ?? []) as readonly SyntaxNode[];
	if (parsed.error || statements.length !== 1) {
		const what = statements.length > 1 ? 'has several statements' : 'is not a select';
		throw new DataRefusedError(`${file} ${what}. ${whatIsAllowed}`);
	}
	const known = new Set(relations);
	const refuse = (node: SyntaxNode, what: string, hint = whatIsAllowed): never => {
		throw new DataRefusedError(`${position(statement, Number(node.query_location))}: ${what}. ${hint}`);
	};
	visit(statements[0] as SyntaxNode, known, (node, names) => {
		const name = String(node.table_name ?? '');
		if (node.type === 'SHOW_REF') refuse(node, 'describe, summarize and show are refused');
		if (node.type === 'BASE_TABLE' && (node.schema_name || node.catalog_name || !names.has(name.toLowerCase()))) {
			refuse(node, `the source has no relation ${name}`, `It has ${[...known].join(', ')}.`);
		}
		const called = String((node.function as SyntaxNode | undefined)?.function_name ?? '').toLowerCase();
		if (node.type === 'TABLE_FUNCTION' && !rowFunctions.has(called)) refuse(node, `the function ${called} is refused`);
		const own = String(node.function_name ?? '');
		if (stateFunctions.test(own)) refuse(node, `the function ${own} is refused`);
		if (randomFunctions.test(own)) {
			refuse(
				node,
				`the function ${own} is refused`,
				'It gives another value each time, so the same files would give other records.',
			);
		}
	});
}

/** Visits a syntax tree with the names that each node may read: the relations, and the common table expressions around it. */
function visit(
	node: unknown,
	names: ReadonlySet<string>,
	check: (node: SyntaxNode, names: ReadonlySet<string>) => void,
): void {
	if (Array.isArray(node)) for (const part of node) visit(part, names, check);
	if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
	const { cte_map: expressions, ...rest } = node as SyntaxNode;
	const visible = new Set(names);
	for (const { key, value } of ((expressions as SyntaxNode | undefined)?.map ?? []) as readonly SyntaxNode[]) {
		const query = (value as SyntaxNode).query as SyntaxNode;
		const isRecursive = (query.node as SyntaxNode | undefined)?.type === 'RECURSIVE_CTE_NODE';
		const name = String(key).toLowerCase();
		visit(value, isRecursive ? new Set([...visible, name]) : visible, check);
		visible.add(name);
	}
	check(rest, visible);
	for (const part of Object.values(rest)) visit(part, visible, check);
}
