import type { DuckDb } from '../platform/duckdb/duckdb';
import { literal } from '../platform/duckdb/quote';
import { deriveColumns, type SyntaxNode } from './column-lineage';
import { type Relation, unknownRelation } from './relation';

/** Derives where the columns of statements come from, by the parser that runs them. */
export class LineageParser {
	private constructor(
		private readonly duckdb: DuckDb,
		private readonly aggregates: ReadonlySet<string>,
	) {}

	static async create(duckdb: DuckDb): Promise<LineageParser> {
		const rows = await duckdb.rows(
			"select distinct function_name as name from duckdb_functions() where function_type = 'aggregate'",
		);
		return new LineageParser(duckdb, new Set(rows.map(({ name }) => String(name).toLowerCase())));
	}

	/** Where the columns of one select come from; all unknown where the text is anything else. DuckDB parses it and does not run it. */
	async derive(sql: string, inputs: ReadonlyMap<string, Relation>): Promise<Relation> {
		const { tree } = await this.duckdb.row(`select cast(json_serialize_sql(${literal(sql)}) as varchar) as tree`);
		const { statements = [] } = JSON.parse(String(tree)) as { readonly statements?: readonly SyntaxNode[] };
		const [statement] = statements;
		if (!statement || statements.length > 1) return unknownRelation;
		return deriveColumns(statement.node as SyntaxNode, inputs, this.aggregates);
	}
}
