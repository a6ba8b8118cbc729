/** Rows that are read at once: enough to share the work, few enough for the scratch disk. */
const maxRowsPerChunk = 4_000_000;

/** Partitions, oldest first, in chunks of bounded size; a chunk has at least one. */
export function chunkPartitions(partitions: readonly string[], rowsOf: (partition: string) => number): string[][] {
	const chunks: string[][] = [];
	let rowsLeft = 0;
	for (const partition of [...new Set(partitions)].sort()) {
		const rows = rowsOf(partition);
		const last = chunks.at(-1);
		if (last && rows <= rowsLeft) last.push(partition);
		else {
			chunks.push([partition]);
			rowsLeft = maxRowsPerChunk;
		}
		rowsLeft -= rows;
	}
	return chunks;
}
