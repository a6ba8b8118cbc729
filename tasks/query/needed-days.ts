import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal } from '../platform/duckdb/quote';

/** A node of DuckDB's plan from `explain (format json)`. */
interface PlanNode {
	readonly name?: string;
	readonly extra_info?: Readonly<Record<string, unknown>>;
	readonly children?: readonly PlanNode[];
}

/**
 * The days whose files a statement can read, by DuckDB's own plan: it prunes files by their folders `<column>=<day>`. All
 * days, unless the plan is unambiguous. The statement's tables are views over a (maybe empty) file of each day.
 */
export async function neededDays(
	duckdb: DuckDb,
	sql: string,
	{ column, days }: { readonly column: string; readonly days: readonly string[] },
): Promise<readonly string[]> {
	const scans = await listScans(duckdb, sql);
	if (!scans) return days;
	const needed = new Set<string>();
	for (const { filter, files } of scans) {
		const matching = filter === undefined ? undefined : await matchDays(duckdb, filter, { column, days });
		// If the counts match, the filter in the plan is complete.
		if (matching === undefined || matching.length !== files) return days;
		for (const day of matching) needed.add(day);
	}
	return [...needed];
}

interface Scan {
	/** SQL over the folders' column; undefined if every file is read. */
	readonly filter: string | undefined;
	readonly files: number | undefined;
}

/** The scans of JSON files in a statement's plan; undefined if they can't be determined. */
async function listScans(duckdb: DuckDb, sql: string): Promise<Scan[] | undefined> {
	try {
		// `explain` only covers the first of several statements; the others would run.
		if ((await duckdb.countStatements(sql)) > 1) return undefined;
		const [row = {}] = await duckdb.rows(`explain (format json) ${sql}`);
		const nodes = JSON.parse(String(row.explain_value)) as PlanNode[];
		return nodes.flatMap(flatten).flatMap(({ name, extra_info = {} }) => {
			if (!name?.includes('READ_JSON')) return [];
			const { 'File Filters': filter, 'Scanning Files': scanning } = extra_info;
			const files = /^(\d+)\//.exec(String(scanning))?.[1];
			return [{ filter: typeof filter === 'string' ? filter : undefined, files: files ? Number(files) : undefined }];
		});
	} catch {
		// An invalid statement is refused when it runs, with the position.
		return undefined;
	}
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.children ?? []).flatMap(flatten)];

async function matchDays(
	duckdb: DuckDb,
	filter: string,
	{ column, days }: { readonly column: string; readonly days: readonly string[] },
): Promise<string[] | undefined> {
	const values = days.map((day) => `(date ${literal(day)})`).join(', ');
	try {
		const rows = await duckdb.rows(
			`select cast(${identifier(column)} as varchar) as day from (values ${values}) as days (${identifier(column)}) where ${filter}`,
		);
		return rows.map(({ day }) => String(day));
	} catch {
		return undefined;
	}
}
