import { analyses } from './analyses';
import type { AnalysisColumn } from './analysis-header';

/** An analysis as `query --list` shows it. */
export interface ListedAnalysis {
	readonly name: string;
	readonly question: string;
	readonly row: string;
	readonly reads: readonly string[];
	readonly parameters: readonly {
		readonly name: string;
		readonly type: string;
		/** Null if a value has to be given. */
		readonly default: string | null;
		readonly meaning: string;
	}[];
	readonly columns: readonly AnalysisColumn[];
}

/** Every analysis, by name. */
export const listAnalyses = (): ListedAnalysis[] =>
	[...analyses.values()].map(({ sql: _, parameters, ...header }) => ({
		...header,
		parameters: parameters.map(({ value, ...parameter }) => ({ ...parameter, default: value })),
	}));

/** The analyses as text for a person: the name, the question, and a line per parameter. */
export function analysesText(listed: readonly ListedAnalysis[]): string {
	return listed
		.map(({ name, question, parameters }) => {
			const written = parameters.map((parameter) => ({
				...parameter,
				text: `${parameter.name}=${parameter.default ?? '…'}`,
			}));
			const width = Math.max(0, ...written.map(({ text }) => text.length));
			const lines = written.map(({ text, meaning }) => `    --param ${text.padEnd(width)}   ${meaning}`);
			return [name, `    ${question}`, ...lines].join('\n');
		})
		.join('\n\n');
}
