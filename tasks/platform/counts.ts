/** Adds counts by name to others. */
export function addCounts(to: Record<string, number>, counts: Readonly<Record<string, number>>): void {
	for (const [name, n] of Object.entries(counts)) to[name] = (to[name] ?? 0) + n;
}

/** The sum of counts by name. */
export const sumCounts = (counts: Readonly<Record<string, number>>): number =>
	Object.values(counts).reduce((sum, n) => sum + n, 0);
