import {
	DecodeError,
	GzipError,
	guessEncoding,
	type LineFault,
	MarkError,
	normalizeLines,
	readBlocks,
} from '../../platform/lines';
import type { SourceFile } from './find-files';
import { type UnreadableFileError, unreadableFile } from './unreadable-file';

/** Longest line, in bytes, that a source may have: DuckDB reads no longer JSON object by default. */
export const longestLine = 16 * 1024 ** 2;

/** Some lines of a text file that can be read. */
export interface TextBlock {
	/** The lines as they came. */
	readonly source: Buffer;
	/** The same lines: only `\n` ends one, and none begins with a byte order mark. */
	readonly lines: Buffer;
	/** The number of the first one. */
	readonly firstLine: number;
	readonly count: number;
	/** Bytes of the longest one, empty lines before it included, as DuckDB counts. */
	readonly longestLine: number;
}

/** Reads the lines of a file in order. Throws DataRefusedError at the first line that can't be read. */
export async function* readTextBlocks(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	blockBytes: number,
): AsyncGenerator<TextBlock> {
	let firstLine = 1;
	let emptyBytes = 0;
	for await (const { text: source, fault } of readBlocks(content, { blockBytes, longestLine })) {
		if (fault) throw unreadableLine(file, fault, firstLine, source);
		const lines = normalizeLines(source);
		const { count, longest, emptyBytes: emptyAtEnd } = measureLines(lines, emptyBytes);
		yield { source, lines, firstLine, count, longestLine: longest };
		firstLine += count;
		emptyBytes = emptyAtEnd;
	}
}

/**
 * How many lines a text has, and the bytes of the longest one, empty lines before it included; `emptyBefore` are the bytes
 * of empty lines before the text, `emptyBytes` those at its end.
 */
export function measureLines(
	text: Buffer,
	emptyBefore = 0,
): { readonly count: number; readonly longest: number; readonly emptyBytes: number } {
	let count = 0;
	let longest = 0;
	let emptyFrom = -emptyBefore;
	for (let start = 0; start < text.length; count++) {
		const newline = text.indexOf(10, start);
		const end = newline < 0 ? text.length : newline;
		longest = Math.max(longest, end - emptyFrom);
		if (end > start) emptyFrom = end + 1;
		start = end + 1;
	}
	return { count, longest, emptyBytes: text.length - emptyFrom };
}

/** The error for a file that can't be read from a line on. */
function unreadableLine(file: SourceFile, fault: LineFault, line: number, text: Buffer): UnreadableFileError {
	if (fault instanceof GzipError) return unreadableGzip(file, fault);
	if (fault === 'notUtf8') return notUtf8(file, line, text);
	const how = file.format === 'ndjson' ? ': `jq -c . FILE` does so' : '';
	const most = `${longestLine / 1024 ** 2} MiB`;
	return unreadableFile(file, `has a line of more than ${most} (line ${line}). Write a record a line${how}`);
}

/** The error for a file that can't be decompressed. */
export const unreadableGzip = (file: SourceFile, { isCutOff, message }: GzipError): UnreadableFileError =>
	unreadableFile(
		file,
		isCutOff
			? 'is cut off: its gzip stream has no end. Send the file again'
			: `is not a valid gzip file (${message}). Send the file again`,
	);

/** The error for a text that is not UTF-8 in a line. */
export function notUtf8(file: SourceFile, line: number, text: Buffer): UnreadableFileError {
	const { encoding, word } = guessEncoding(text);
	return unreadableFile(
		file,
		`is not UTF-8 (line ${line}). It looks like ${encoding}, in which a word there is '${word}'. Save it as UTF-8 and send it again, or name its encoding: ingest --encoding ${encoding}`,
	);
}

/** The error for a text that can't be decoded; any other error as it is. */
export function explainDecoding(file: SourceFile, error: unknown): unknown {
	if (error instanceof DecodeError) {
		return unreadableFile(
			file,
			`is not ${error.encoding} (line ${error.line}). Save it as UTF-8 and send it again, or name another encoding: ingest --encoding`,
		);
	}
	if (error instanceof MarkError) {
		return unreadableFile(
			file,
			`begins with a byte order mark of ${error.marked}, so it is not ${error.named}. Leave --encoding out: the mark says how to read it`,
		);
	}
	return error;
}
