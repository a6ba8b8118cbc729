import type { DuckDb } from '../platform/duckdb/duckdb';
import { analyses } from '../query/analyses';
import type { AnalysisHeader } from '../query/analysis-header';
import { replaceParameters } from '../query/parameters';
import type { LakeTable } from './lake-table';
import { LineageParser } from './parse-select';
import { inputRelation, type Source, unite } from './relation';

/** An analysis, with the columns of the lake that it reads. */
export interface AnalysisLineage extends AnalysisHeader {
	readonly name: string;
	readonly sql: string;
	/** As far as they are derived. */
	readonly sources: readonly Source[];
}

/** The analyses of the product, and what each reads of these tables. */
export async function listAnalysisLineage(duckdb: DuckDb, tables: readonly LakeTable[]): Promise<AnalysisLineage[]> {
	const parser = await LineageParser.create(duckdb);
	const queryable = tables.filter(({ layer }) => layer !== 'records' && layer !== 'serving');
	const known = new Map(
		queryable.map(({ name, columns }) => [
			name,
			inputRelation(
				name,
				columns.map((column) => column.name),
			),
		]),
	);
	return Promise.all(
		[...analyses.values()].map(async (analysis) => {
			const sql = replaceParameters(analysis.sql, (name) => `$${name}`);
			const { columns = [], rows } = await parser.derive(sql, known);
			return { ...analysis, sources: unite([rows, ...columns.map(({ from }) => from ?? [])]) ?? [] };
		}),
	);
}
