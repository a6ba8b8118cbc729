import { cpus, release, totalmem } from 'node:os';

/** The median: the middle value, or the mean of the middle two. */
export function median(figures: readonly number[]): number {
	const ordered = [...figures].sort((a, b) => a - b);
	const middle = Math.floor(ordered.length / 2);
	const upper = ordered[middle];
	if (upper === undefined) throw new Error('no figures, no median');
	return ordered.length % 2 === 1 ? upper : (upper + (ordered[middle - 1] as number)) / 2;
}

/** Minimum, median and maximum, as `1.9 / 2.0 / 2.4`. */
export function spread(figures: readonly number[], places = 1): string {
	return [Math.min(...figures), median(figures), Math.max(...figures)]
		.map((figure) => figure.toFixed(places))
		.join(' / ');
}

/** Renders rows as a Markdown table. */
export function markdownTable(rows: readonly Readonly<Record<string, string | number>>[]): string {
	const names = Object.keys(rows[0] ?? {});
	const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
	return [
		line(names),
		line(names.map(() => '---')),
		...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
	].join('\n');
}

/** Describes the machine that the figures come from. */
export function machine(): string {
	const [first] = cpus();
	const memory = (totalmem() / 1024 ** 3).toFixed(0);
	return `${cpus().length} × ${first?.model ?? 'unknown CPU'}, ${memory} GiB of memory, Linux ${release()}, Node ${process.versions.node}`;
}
