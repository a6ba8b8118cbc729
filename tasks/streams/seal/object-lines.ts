import type { Readable } from 'node:stream';
import { decompress, type Line, type LineFault, readLines, tap } from '../../platform/lines';

/** A line of a delivered object. With `fault`, why it can't be read; `raw` is then the part that could be kept. */
export interface ObjectLine {
	readonly raw: string;
	readonly fault?: string;
}

/** Longest line that is read: twice the largest record that Firehose takes. */
export const maxLineBytes = 2 * 1024 ** 2;
/** Bytes of lines handed on at a time. */
const blockBytes = 64 * 1024;
/** Characters kept of a line that can't be read. */
const keptLength = 1000;

/**
 * Reads the lines of an object in order, some at a time, in bounded memory; its first bytes say whether it is gzip.
 * Nothing stops the reading: a line that can't be read comes with its fault, and where gzip breaks off, the lines before
 * that are followed by one that says so. `meter` counts the decompressed bytes.
 */
export async function* readObjectLines(source: Readable, meter: { bytes: number }): AsyncGenerator<ObjectLine[]> {
	const content = tap(decompress(source), ({ length }) => {
		meter.bytes += length;
	});
	for await (const lines of readLines(content, { blockBytes, longestLine: maxLineBytes }))
		yield lines.map(toObjectLine);
}

const toObjectLine = ({ raw, fault }: Line): ObjectLine =>
	fault === undefined ? { raw } : { raw: raw.slice(0, keptLength), fault: describeFault(fault) };

function describeFault(fault: LineFault): string {
	if (fault === 'notUtf8') return 'the line is not UTF-8';
	if (fault === 'tooLong') return `the line has more than ${maxLineBytes / 1024 ** 2} MiB`;
	const why = fault.isCutOff ? 'its gzip stream has no end' : `it is not valid gzip (${fault.message})`;
	return `the object can’t be read from here on: ${why}`;
}
