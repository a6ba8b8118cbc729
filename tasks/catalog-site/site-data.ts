import type { TaskContext } from '../context';
import type { AnalysisLineage } from '../lineage/analysis-lineage';
import { listAnalysisLineage } from '../lineage/analysis-lineage';
import type { LakeTable } from '../lineage/lake-table';
import { listLakeTables } from '../lineage/lake-tables';
import type { Source } from '../lineage/relation';
import type { LakeFacts } from './read-facts';

/** A column that is computed from another one. */
export interface ColumnUse {
	readonly table: LakeTable;
	readonly column: string;
}

/** What the pages show. */
export interface SiteData {
	readonly tables: readonly LakeTable[];
	readonly analyses: readonly AnalysisLineage[];
	/** The state of the lake; undefined where the pages are of the contracts alone. */
	readonly facts: LakeFacts | undefined;
	readonly table: (id: string) => LakeTable | undefined;
	/** The tables that are made from a table. */
	readonly madeFrom: (id: string) => readonly LakeTable[];
	/** The columns of other tables that are computed from a column; of null, from how many rows there are. */
	readonly usesOf: (id: string, column: string | null) => readonly ColumnUse[];
	/** The analyses that read a table, or a column of it. */
	readonly readBy: (id: string, column?: string) => readonly AnalysisLineage[];
}

export async function readSiteData(context: TaskContext, facts: LakeFacts | undefined): Promise<SiteData> {
	const duckdb = await context.duckdb();
	const tables = await listLakeTables(duckdb, await context.project());
	return createSiteData(tables, await listAnalysisLineage(duckdb, tables), facts);
}

function createSiteData(
	tables: readonly LakeTable[],
	analyses: readonly AnalysisLineage[],
	facts: LakeFacts | undefined,
): SiteData {
	const byId = new Map(tables.map((table) => [table.id, table]));
	const uses = new Map<string, ColumnUse[]>();
	for (const table of tables) {
		for (const [column, from] of table.making.columns) {
			for (const source of from ?? []) {
				const key = columnKey(source.relation, source.column);
				uses.set(key, [...(uses.get(key) ?? []), { table, column }]);
			}
		}
	}
	const isOf = (id: string, column: string) => (source: Source) => source.relation === id && source.column === column;
	return {
		tables,
		analyses,
		facts,
		table: (id) => byId.get(id),
		madeFrom: (id) => tables.filter(({ making }) => making.reads.includes(id)),
		usesOf: (id, column) => uses.get(columnKey(id, column)) ?? [],
		readBy: (id, column) =>
			analyses.filter(({ reads, sources }) =>
				column === undefined ? reads.includes(id) : sources.some(isOf(id, column)),
			),
	};
}

const columnKey = (id: string, column: string | null): string => JSON.stringify([id, column]);
