/** Partitions, oldest first, in chunks of at most `maxRows`; a chunk has at least one. */
export function chunkPartitions(
	partitions: readonly string[],
	rowsOf: (partition: string) => number,
	maxRows: number,
): string[][] {
	const chunks: string[][] = [];
	let rowsLeft = 0;
	for (const partition of [...new Set(partitions)].sort()) {
		const rows = rowsOf(partition);
		const last = chunks.at(-1);
		if (last && rows <= rowsLeft) last.push(partition);
		else {
			chunks.push([partition]);
			rowsLeft = maxRows;
		}
		rowsLeft -= rows;
	}
	return chunks;
}
