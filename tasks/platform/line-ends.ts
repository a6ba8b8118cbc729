const carriageReturn = 13;
const lineFeed = 10;
const byteOrderMark = '\xef\xbb\xbf';

/** Converts the line ends of a text of whole lines: `\r\n` and `\r` become `\n`. */
export function unixLineEnds(text: Buffer): Buffer {
	if (!text.includes(carriageReturn)) return text;
	return Buffer.from(text.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\r', '\n'), 'latin1');
}

/** The position of the last byte in a piece of text that certainly ends a line; -1 if there is none. */
export function lastLineEnd(piece: Buffer): number {
	// A carriage return at the very end may be the first half of a line end.
	return Math.max(piece.lastIndexOf(lineFeed), piece.subarray(0, -1).lastIndexOf(carriageReturn));
}

/** Removes byte order marks at the start of lines that end in `\n`: concatenated files have one each. */
export function withoutByteOrderMarks(text: Buffer): Buffer {
	if (!text.includes(byteOrderMark, 0, 'latin1')) return text;
	return Buffer.from(text.toString('latin1').replace(/^(\xef\xbb\xbf)+/gm, ''), 'latin1');
}

/** Replaces each `\r` in a stream that no `\n` follows by `\n`, piece by piece. */
export class LoneReturns {
	private holdsReturn = false;

	/** Converts the next piece; a carriage return at its end is held back until the next one arrives. */
	replace(piece: Buffer): Buffer {
		if (!this.holdsReturn && !piece.includes(carriageReturn)) return piece;
		const text = (this.holdsReturn ? '\r' : '') + piece.toString('latin1');
		this.holdsReturn = text.endsWith('\r');
		const known = this.holdsReturn ? text.slice(0, -1) : text;
		return Buffer.from(known.replace(/\r(?!\n)/g, '\n'), 'latin1');
	}

	/** The rest that was held back, at the end of the stream. */
	rest(): Buffer {
		const held = this.holdsReturn ? '\n' : '';
		this.holdsReturn = false;
		return Buffer.from(held);
	}
}
