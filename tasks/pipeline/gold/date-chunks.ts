/** Rows of Silver that are computed at once: enough to share the work, few enough for the scratch disk. */
const maxRowsPerChunk = 4_000_000;

/** The dates that are stale for any table, oldest first, in chunks of bounded size; a chunk has at least one. */
export function chunkDates(stale: readonly { readonly date: string }[], rowsOn: (date: string) => number): string[][] {
	const dates = [...new Set(stale.map(({ date }) => date))].sort();
	const chunks: string[][] = [];
	let rowsLeft = 0;
	for (const date of dates) {
		const rows = rowsOn(date);
		const last = chunks.at(-1);
		if (last && rows <= rowsLeft) last.push(date);
		else {
			chunks.push([date]);
			rowsLeft = maxRowsPerChunk;
		}
		rowsLeft -= rows;
	}
	return chunks;
}
