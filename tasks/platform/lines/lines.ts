import { type BlockLimits, type LineBlock, type LineFault, readBlocks } from './line-blocks';
import { normalizeLines } from './line-ends';

/** A line of a text, without its end and without byte order marks before it. */
export interface Line {
	/** If the line has a fault, the part that could be kept. */
	readonly raw: string;
	readonly fault?: LineFault;
}

/** Reads the lines of a text in order, some at a time; what can't be read is a line with a fault. */
export async function* readLines(content: AsyncIterable<Buffer>, limits: BlockLimits): AsyncGenerator<Line[]> {
	for await (const block of readBlocks(content, limits)) yield toLines(block);
}

function toLines({ text, fault }: LineBlock): Line[] {
	const raw = normalizeLines(text).toString();
	if (fault) return [{ raw: raw.endsWith('\n') ? raw.slice(0, -1) : raw, fault }];
	const lines = raw.split('\n');
	if (lines.at(-1) === '') lines.pop();
	return lines.map((line) => ({ raw: line }));
}
