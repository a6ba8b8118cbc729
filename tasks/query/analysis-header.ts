import { listParameters, type Parameter } from './parameters';

/** A column of an analysis as its header describes it. */
export interface AnalysisColumn {
	readonly name: string;
	/** `money`, `units`, `%`, `date`, `text` and others. */
	readonly unit: string;
	readonly meaning: string;
}

/** What the comment at the top of an analysis says. */
export interface AnalysisHeader {
	/** The question that it answers. */
	readonly question: string;
	/** What a row is, and in which order the rows are. */
	readonly row: string;
	/** The tables that it reads. */
	readonly reads: readonly string[];
	readonly parameters: readonly Parameter[];
	readonly columns: readonly AnalysisColumn[];
}

/**
 * Reads the header of an analysis: its question in the first line, what a row is, `Reads:`, `Parameters:` (see
 * `listParameters`) and `Columns:` (one line each: `-- name (unit): meaning`). A part that is missing is empty.
 */
export function readHeader(sql: string): AnalysisHeader {
	const comment = /^(?:--.*(?:\r?\n|$))*/.exec(sql)?.[0] ?? '';
	const lines = comment.split(/\r?\n/).map((line) => line.replace(/^--[ \t]?/, '').trim());
	const [question = '', ...rest] = lines;
	const reads = rest.findIndex((line) => line.startsWith('Reads:'));
	const columns = rest.indexOf('Columns:');
	return {
		question,
		row: rest.slice(0, Math.max(0, reads)).join(' '),
		reads: rest[reads]?.slice('Reads:'.length).match(/\w+/g) ?? [],
		parameters: listParameters(sql),
		columns: columns < 0 ? [] : rest.slice(columns + 1).flatMap(readColumn),
	};
}

function readColumn(line: string): AnalysisColumn[] {
	const [, name, unit, meaning] = /^(\w+) \(([^)]+)\): (.+)$/.exec(line) ?? [];
	return name === undefined || unit === undefined || meaning === undefined ? [] : [{ name, unit, meaning }];
}
