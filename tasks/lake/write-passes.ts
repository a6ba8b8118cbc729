/** A partition to write, and how many rows it will have. */
export interface CountedPartition {
	readonly partition: string;
	readonly rows: number;
}

/**
 * Partitions that one statement writes. Each has a file open and buffers of its own until the statement ends, and DuckDB
 * goes on in a second file where it may not keep as many open.
 */
export const maxPartitionsPerPass = 128;
/** Memory that a row takes until its partition is written; the widest rows of a year of orders took half of it. */
const bytesPerRow = 1024;
/** Rows of a partition that is worth a pass of its own where it has most of all: DuckDB writes one file at half the cost. */
const worthAPass = 100_000;

/**
 * Divides partitions into passes over their rows: as few as memory allows. Neighbours are written together, because the
 * rows of a pass are often neighbours too. A partition that fills a pass, or has most of the rows, has one of its own.
 */
export function planPasses(counted: readonly CountedPartition[], memoryBytes: number): string[][] {
	const maxRows = memoryBytes / bytesPerRow;
	const allRows = counted.reduce((sum, { rows }) => sum + rows, 0);
	const passes: string[][] = [];
	let rowsLeft = 0;
	for (const { partition, rows } of [...counted].sort((a, b) => (a.partition < b.partition ? -1 : 1))) {
		const pass = passes.at(-1);
		const isMost = rows >= worthAPass && 2 * rows > allRows;
		if (pass && !isMost && rows <= rowsLeft && pass.length < maxPartitionsPerPass) pass.push(partition);
		else {
			passes.push([partition]);
			rowsLeft = isMost ? 0 : maxRows;
		}
		rowsLeft -= rows;
	}
	return passes;
}
