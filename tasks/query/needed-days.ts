import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal } from '../platform/duckdb/quote';

/** A node of DuckDB's plan as `explain (format json)` gives it. */
interface PlanNode {
	readonly name?: string;
	readonly extra_info?: Readonly<Record<string, unknown>>;
	readonly children?: readonly PlanNode[];
}

/**
 * Which of some days' files a statement can read, as DuckDB's own plan says: it passes over files by their folders'
 * `<column>=<day>` alone. All of them, wherever the plan does not say so beyond doubt. The statement's tables are views
 * over a file of each of the days, which may be empty.
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
		const passed = filter === undefined ? undefined : await passing(duckdb, filter, { column, days });
		// The plan's own count has to be met: then the filter that it shows is the whole of it.
		if (passed === undefined || passed.length !== files) return days;
		for (const day of passed) needed.add(day);
	}
	return [...needed];
}

interface Scan {
	/** SQL over the folders' column; undefined where every file is read. */
	readonly filter: string | undefined;
	readonly files: number | undefined;
}

/** The scans of JSON files in a statement's plan; undefined where there is no telling. */
async function listScans(duckdb: DuckDb, sql: string): Promise<Scan[] | undefined> {
	try {
		// All but the first of several statements would run.
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
		// A statement that is wrong is refused when it runs, with its place.
		return undefined;
	}
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.children ?? []).flatMap(flatten)];

async function passing(
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
