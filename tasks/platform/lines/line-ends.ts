export const lineFeed = 10;
export const carriageReturn = 13;
const byteOrderMark = '\xef\xbb\xbf';

/** The lines of a text, each with its end: `\r\n`, `\n` or `\r`, also mixed. The last one may have none. */
export function* splitLines(text: Buffer): Generator<Buffer> {
	let nextFeed = -1;
	let nextReturn = -1;
	for (let start = 0; start < text.length; ) {
		if (nextFeed < start) nextFeed = find(text, lineFeed, start);
		if (nextReturn < start) nextReturn = find(text, carriageReturn, start);
		const end = Math.min(nextFeed, nextReturn) + (nextFeed === nextReturn + 1 ? 2 : 1);
		yield text.subarray(start, end);
		start = end;
	}
}

const find = (text: Buffer, byte: number, from: number): number => {
	const index = text.indexOf(byte, from);
	return index < 0 ? text.length : index;
};

/** A line without its end. */
export function withoutLineEnd(line: Buffer): Buffer {
	const end = line.at(-1) === lineFeed ? line.length - 1 : line.length;
	return line.subarray(0, line[end - 1] === carriageReturn ? end - 1 : end);
}

/** How many bytes of a text belong to lines that have their end. */
export const endOfLastLine = (text: Buffer): number =>
	Math.max(text.lastIndexOf(lineFeed), text.lastIndexOf(carriageReturn)) + 1;

/** The same lines as every reader takes them: each ends in `\n`, none begins with a byte order mark. */
export const normalizeLines = (text: Buffer): Buffer => withoutByteOrderMarks(unixLineEnds(text));

/** Removes byte order marks at the start of lines that end in `\n`: concatenated files have one each. */
export function withoutByteOrderMarks(text: Buffer): Buffer {
	if (!text.includes(byteOrderMark, 0, 'latin1')) return text;
	return Buffer.from(text.toString('latin1').replace(/^(\xef\xbb\xbf)+/gm, ''), 'latin1');
}

function unixLineEnds(text: Buffer): Buffer {
	let at = text.indexOf(carriageReturn);
	if (at < 0) return text;
	const lines = Buffer.allocUnsafe(text.length);
	let length = 0;
	let start = 0;
	for (; at >= 0; at = text.indexOf(carriageReturn, start)) {
		length += text.copy(lines, length, start, at);
		lines[length++] = lineFeed;
		start = text[at + 1] === lineFeed ? at + 2 : at + 1;
	}
	length += text.copy(lines, length, start);
	return lines.subarray(0, length);
}
