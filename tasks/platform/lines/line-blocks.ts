import { isUtf8 } from 'node:buffer';
import { GzipError } from './decompress';
import { carriageReturn, endOfLastLine, lineFeed, splitLines, withoutLineEnd } from './line-ends';

/** Why a line can't be read: it is longer than allowed, not UTF-8, or the gzip stream breaks off in it. */
export type LineFault = 'tooLong' | 'notUtf8' | GzipError;

/** Some lines of a text, as they came. */
export interface LineBlock {
	/** Each line with its end; only the last line of a text may have none. */
	readonly text: Buffer;
	/** The block is one line, which can't be read. If it is too long, `text` is its beginning. */
	readonly fault?: LineFault;
}

export interface BlockLimits {
	/** About how large a block is, in bytes. */
	readonly blockBytes: number;
	/** In bytes, without the line's end. */
	readonly longestLine: number;
}

/** Bytes kept of a line that is too long. */
const keptBytes = 1000;
/** Bytes looked at in one go. */
const sliceBytes = 64 * 1024;

/**
 * Cuts a text into blocks of lines, in bounded memory; the lines are the same in whatever pieces the text comes. A line
 * that can't be read is a block of its own, and the lines behind it follow. Decompression that breaks off (GzipError) is the
 * fault of the line in which it does.
 */
export async function* readBlocks(content: AsyncIterable<Buffer>, limits: BlockLimits): AsyncGenerator<LineBlock> {
	const cutter = new BlockCutter(limits);
	let fault: GzipError | undefined;
	try {
		for await (const piece of content) yield* cutter.cut(piece);
	} catch (error) {
		if (!(error instanceof GzipError)) throw error;
		fault = error;
	}
	yield* cutter.end(fault);
}

/** Cuts a text, piece by piece. */
class BlockCutter {
	/** Whole lines, then the beginning of the next one. */
	private waiting: Buffer[] = [];
	private wholeBytes = 0;
	private beginningBytes = 0;
	/** What is kept of a line that is too long, until its end comes. */
	private tooLong: Buffer | undefined;
	/** The last piece ended in a carriage return, perhaps the first half of a line end. */
	private holdsReturn = false;

	constructor(private readonly limits: BlockLimits) {}

	*cut(piece: Buffer): Generator<LineBlock> {
		const text = this.holdsReturn ? Buffer.concat([heldReturn, piece]) : piece;
		this.holdsReturn = text.at(-1) === carriageReturn;
		const known = this.holdsReturn ? text.length - 1 : text.length;
		const step = Math.min(sliceBytes, this.limits.longestLine);
		for (let start = 0, end = step; start < known; start = end, end += step) {
			if (text[end - 1] === carriageReturn && text[end] === lineFeed) end++;
			yield* this.add(text.subarray(start, Math.min(end, known)));
		}
	}

	/** The last lines; with a fault, the line that has no end yet has it. */
	*end(fault?: GzipError): Generator<LineBlock> {
		if (this.holdsReturn) yield* this.add(heldReturn);
		if (this.tooLong) return yield { text: this.tooLong, fault: fault ?? 'tooLong' };
		yield* checkUtf8(this.takeWhole());
		const beginning = Buffer.concat(this.waiting);
		if (fault) yield { text: beginning, fault };
		else yield* checkUtf8(beginning);
	}

	private *add(slice: Buffer): Generator<LineBlock> {
		const mayBeTooLong = this.tooLong || this.beginningBytes + slice.length > this.limits.longestLine;
		const lines = mayBeTooLong ? yield* this.cutTooLong(slice) : slice;
		const end = endOfLastLine(lines);
		if (end > 0) this.wholeBytes += this.beginningBytes + end;
		this.beginningBytes = lines.length - end + (end > 0 ? 0 : this.beginningBytes);
		this.waiting.push(lines);
		if (this.wholeBytes >= this.limits.blockBytes) yield* checkUtf8(this.takeWhole());
	}

	/** Returns what follows a line that is too long. Only the first of a slice can be: the others are shorter than the slice. */
	private *cutTooLong(slice: Buffer): Generator<LineBlock, Buffer> {
		const [line = slice] = splitLines(slice);
		const text = withoutLineEnd(line);
		if (!this.tooLong) {
			if (this.beginningBytes + text.length <= this.limits.longestLine) return slice;
			yield* checkUtf8(this.takeWhole());
			this.tooLong = Buffer.from(Buffer.concat([...this.waiting, text]).subarray(0, keptBytes));
			this.waiting = [];
			this.beginningBytes = 0;
		}
		if (text.length < line.length) {
			yield { text: this.tooLong, fault: 'tooLong' };
			this.tooLong = undefined;
		}
		return slice.subarray(line.length);
	}

	private takeWhole(): Buffer {
		const all = Buffer.concat(this.waiting);
		this.waiting = [all.subarray(this.wholeBytes)];
		const whole = all.subarray(0, this.wholeBytes);
		this.wholeBytes = 0;
		return whole;
	}
}

const heldReturn = Buffer.from('\r');

/** Makes blocks of whole lines: one as a rule, and one more for each line that is not UTF-8. */
function* checkUtf8(text: Buffer): Generator<LineBlock> {
	let start = 0;
	if (!isUtf8(text)) {
		let end = 0;
		for (const line of splitLines(text)) {
			end += line.length;
			if (isUtf8(line)) continue;
			const before = text.subarray(start, end - line.length);
			if (before.length > 0) yield { text: before };
			yield { text: line, fault: 'notUtf8' };
			start = end;
		}
	}
	if (start < text.length) yield { text: text.subarray(start) };
}
