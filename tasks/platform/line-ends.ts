const carriageReturn = 13;
const lineFeed = 10;
const byteOrderMark = '\xef\xbb\xbf';

/** A text of whole lines with `\n` as their only end: `\r\n` and `\r` become one. */
export function unixLineEnds(text: Buffer): Buffer {
	if (!text.includes(carriageReturn)) return text;
	return Buffer.from(text.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\r', '\n'), 'latin1');
}

/** The place of the last byte in a piece of a text that ends a line for sure; -1 where there is none. */
export function lastLineEnd(piece: Buffer): number {
	// A carriage return at the very end may be the first half of a line end.
	return Math.max(piece.lastIndexOf(lineFeed), piece.subarray(0, -1).lastIndexOf(carriageReturn));
}

/** A text of whole lines, ended by `\n`, without the byte order marks that lines begin with: joined files have one each. */
export function withoutByteOrderMarks(text: Buffer): Buffer {
	if (!text.includes(byteOrderMark, 0, 'latin1')) return text;
	return Buffer.from(text.toString('latin1').replace(/^(\xef\xbb\xbf)+/gm, ''), 'latin1');
}

/** Makes `\n` of each `\r` in a stream that is not followed by one, piece by piece. */
export class LoneReturns {
	private holdsReturn = false;

	/** The next piece; a carriage return at its end is held back until it is known what follows. */
	replace(piece: Buffer): Buffer {
		if (!this.holdsReturn && !piece.includes(carriageReturn)) return piece;
		const text = (this.holdsReturn ? '\r' : '') + piece.toString('latin1');
		this.holdsReturn = text.endsWith('\r');
		const known = this.holdsReturn ? text.slice(0, -1) : text;
		return Buffer.from(known.replace(/\r(?!\n)/g, '\n'), 'latin1');
	}

	/** What was held back, at the end of the stream. */
	rest(): Buffer {
		const held = this.holdsReturn ? '\n' : '';
		this.holdsReturn = false;
		return Buffer.from(held);
	}
}
