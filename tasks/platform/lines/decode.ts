import { tap } from './decompress';
import { byteOrderMark, createDecoder, encodingSample, findEncoding, utf8 } from './encodings';
import { peek } from './peek';

/** A text is not in the encoding that it was said or found to have. */
export class DecodeError extends Error {
	override readonly name = 'DecodeError';

	constructor(
		readonly encoding: string,
		/** The line on which it shows, from 1. */
		readonly line: number,
	) {
		super(`not ${encoding} on line ${line}`);
	}
}

/** A byte order mark contradicts the encoding that a text is said to have. */
export class MarkError extends Error {
	override readonly name = 'MarkError';

	constructor(
		readonly named: string,
		readonly marked: string,
	) {
		super(`a byte order mark of ${marked}, not ${named}`);
	}
}

/** A text as UTF-8, and the encoding that it came in. */
export interface DecodedText {
	readonly encoding: string;
	readonly content: AsyncIterable<Buffer>;
}

/** Bytes decoded in one go. */
const sliceBytes = 64 * 1024;

/**
 * Decodes a text of a named encoding, or of the one that its first bytes tell. UTF-8 passes as it is, unchecked, with its byte
 * order marks. `content` throws MarkError, and DecodeError after what could be decoded.
 */
export async function decodeText(source: AsyncIterable<Buffer>, named?: string): Promise<DecodedText> {
	const { start, content } = await peek(source, encodingSample);
	const mark = byteOrderMark(start);
	const encoding = named === undefined || named === 'utf-16' ? findUtf16(start, named) : named;
	if (mark && mark.encoding !== encoding) {
		return { encoding, content: refuse(content, new MarkError(named ?? encoding, mark.encoding)) };
	}
	return { encoding, content: encoding === utf8 ? content : decode(content, encoding) };
}

function findUtf16(start: Buffer, named: string | undefined): string {
	const found = findEncoding(start);
	return named === 'utf-16' && found === utf8 && !byteOrderMark(start) ? 'utf-16le' : found;
}

/** Throws an error instead of the content, which is closed. */
const refuse = (content: AsyncIterable<Buffer>, error: Error): AsyncIterable<Buffer> =>
	tap(content, () => {
		throw error;
	});

async function* decode(content: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
	const decoder = createDecoder(encoding);
	const lines = new LineCounter();
	const slice = (piece?: Buffer) => {
		try {
			const text = decoder.decode(piece);
			lines.add(text);
			return Buffer.from(text);
		} catch {
			throw new DecodeError(encoding, lines.ended + 1 + linesBeforeFault(piece, encoding));
		}
	};
	for await (const piece of content) {
		for (let at = 0; at < piece.length; at += sliceBytes) yield slice(piece.subarray(at, at + sliceBytes));
	}
	const last = slice();
	if (last.length > 0) yield last;
}

/** Counts the lines of a text that have ended. */
class LineCounter {
	ended = 0;
	private endsInReturn = false;

	add(text: string): void {
		this.ended += (text.match(/\r\n?|\n/g)?.length ?? 0) - (this.endsInReturn && text.startsWith('\n') ? 1 : 0);
		if (text !== '') this.endsInReturn = text.endsWith('\r');
	}
}

/** How many lines of a piece end before its first fault. */
function linesBeforeFault(piece: Buffer | undefined, encoding: string): number {
	if (!piece) return 0;
	const [before = ''] = new TextDecoder(encoding).decode(piece).split('\ufffd');
	return before.match(/\r\n?|\n/g)?.length ?? 0;
}
