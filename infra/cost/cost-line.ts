/** A line of a table of costs. */
export interface CostLine {
	readonly what: string;
	/** How it is computed. */
	readonly how: string;
	/** Dollars a month, a figure a column. */
	readonly usd: readonly number[];
	/** What an allowance that every account keeps saves of it, in each column; it is not part of `usd`. */
	readonly free?: number;
}

export const daysOfMonth = 365 / 12;
export const hoursOfMonth = daysOfMonth * 24;
export const gigabyte = 1e9;

/** The sums of the columns. */
export const sumLines = (lines: readonly CostLine[]): number[] =>
	(lines[0]?.usd ?? []).map((_, column) => lines.reduce((sum, { usd }) => sum + (usd[column] ?? 0), 0));

/** What free allowances save in all of the lines together. */
export const sumFree = (lines: readonly CostLine[]): number => lines.reduce((sum, { free = 0 }) => sum + free, 0);
