import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { lastLineEnd, unixLineEnds, withoutByteOrderMarks } from '../../platform/line-ends';
import { readCsvRecords } from './csv-records';
import type { SourceFile } from './find-files';
import { unreadableFile } from './unreadable-file';

/** Bytes of CSV parsed per step; all records of a step are in memory at once. */
const csvPieceBytes = 256 * 1024;
/** Characters of a CSV chunk written at a time. */
const writeBytes = 1024 ** 2;

/** From this length on, in bytes, DuckDB holds all such lines of a chunk in memory at once, several times over. */
const longLine = 1024 ** 2;

/** How large a chunk is whose longest line has `longest` bytes; `chunkBytes` is the usual size. */
const chunkBytesWith = (longest: number, chunkBytes: number): number =>
	longest > longLine ? chunkBytes / 4 : chunkBytes;

/** Longest line, in bytes, that a source may have. */
export const longestLine = 16 * 1024 ** 2;

/** Separates the parts of a line of a numbered chunk; no JSON text has this byte. */
export const numberSeparator = '\x01';

/**
 * A piece of a source in scratch, ready for the rules.
 * `lines`: one JSON object a line, the first being line `firstLine` of the file. `numbered`: the line's number, its JSON
 * object, its own text as a JSON string, and why it can't be parsed, where there is no object; with separators
 * between. No line has more bytes than `longestLine`, empty lines before it included. `parquet`: the whole file as it came.
 */
export type StagedChunk =
	| {
			readonly path: string;
			readonly kind: 'lines' | 'numbered';
			readonly firstLine: number;
			readonly longestLine: number;
	  }
	| { readonly path: string; readonly kind: 'parquet' };

/** What a source file turned out to be. */
export interface StagedFile {
	/** SHA-256 of its bytes, decompressed. */
	readonly digest: string;
	/** Its bytes, decompressed. */
	readonly bytes: number;
}

/** Where and how a file is staged. */
export interface StagingPlace {
	/** Where the chunks are left. */
	readonly folder: string;
	/** The columns that the header of a table has to have. */
	readonly columns: readonly string[];
	/** Text of a chunk, in bytes. */
	readonly chunkBytes: number;
}

/**
 * Reads a source file once, from start to end, in bounded memory; yields its chunks, and returns its size and digest.
 * Throws DataRefusedError, with the file's name, where it can't be read at all.
 */
export async function* stage(file: SourceFile, place: StagingPlace): AsyncGenerator<StagedChunk, StagedFile> {
	await mkdir(place.folder, { recursive: true });
	const meter = { hash: createHash('sha256'), bytes: 0 };
	const content = readDecompressed(file, await file.open(), meter);
	const kinds = { ndjson: stageLines, csv: stageCsv, parquet: stageParquet };
	yield* kinds[file.format](file, content, place);
	if (meter.bytes === 0) throw unreadableFile(file, 'is empty. Send the file again, or leave it out');
	return { digest: meter.hash.digest('hex'), bytes: meter.bytes };
}

async function* readDecompressed(
	file: SourceFile,
	source: Readable,
	meter: { hash: ReturnType<typeof createHash>; bytes: number },
): AsyncGenerator<Buffer> {
	const plain = file.gzip ? source.on('error', (error) => gunzip.destroy(error)).pipe(createGunzip()) : source;
	const gunzip = plain as ReturnType<typeof createGunzip>;
	try {
		for await (const piece of plain as AsyncIterable<Buffer>) {
			meter.hash.update(piece);
			meter.bytes += piece.length;
			yield piece;
		}
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === 'Z_BUF_ERROR')
			throw unreadableFile(file, 'is cut off: its gzip stream has no end. Send the file again');
		if (code?.startsWith('Z_'))
			throw unreadableFile(file, `is not a valid gzip file (${message}). Send the file again`);
		throw error;
	} finally {
		source.destroy();
	}
}

async function* stageLines(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder, chunkBytes }: StagingPlace,
): AsyncGenerator<StagedChunk, void> {
	let firstLine = 1;
	let number = 0;
	for await (const text of splitAtLines(content, chunkBytes)) {
		const lines = normalizeLines(text);
		const { count, longest } = measureLines(file, lines, firstLine);
		const path = join(folder, `chunk-${number++}`);
		await writeFile(path, lines);
		yield { path, kind: 'lines', firstLine, longestLine: longest };
		firstLine += count;
	}
}

/** Cuts a stream into buffers of about `pieceBytes` that end at the end of a line. */
async function* splitAtLines(content: AsyncIterable<Buffer>, pieceBytes: number): AsyncGenerator<Buffer> {
	let pieces: Buffer[] = [];
	let bytes = 0;
	let ofLastLine = 0;
	let longest = 0;
	const take = (end: number) => {
		const all = Buffer.concat(pieces);
		pieces = end < all.length ? [all.subarray(end)] : [];
		bytes = all.length - end;
		longest = 0;
		return all.subarray(0, end);
	};
	for await (const piece of content) {
		pieces.push(piece);
		bytes += piece.length;
		const lineEnd = lastLineEnd(piece);
		longest = Math.max(longest, ofLastLine);
		ofLastLine = lineEnd < 0 ? ofLastLine + piece.length : piece.length - lineEnd - 1;
		// A line that is too long is handed on as it is: `measureLines` refuses it.
		if (ofLastLine > longestLine) yield take(bytes);
		else if (lineEnd >= 0 && bytes >= chunkBytesWith(longest, pieceBytes))
			yield take(bytes - piece.length + lineEnd + 1);
	}
	if (bytes > 0) yield take(bytes);
}

/**
 * How many lines end (with `\n`) in a text that starts with line `firstLine`, and the bytes of its longest one, empty lines
 * before it included, as DuckDB counts; throws DataRefusedError where it is unfit to read.
 */
function measureLines(file: SourceFile, text: Buffer, firstLine: number): { count: number; longest: number } {
	let count = 0;
	let longest = 0;
	let emptyFrom = 0;
	const isText = isUtf8(text);
	for (let start = 0; start < text.length; count++) {
		const newline = text.indexOf(10, start);
		const end = newline < 0 ? text.length : newline;
		if (end - start > longestLine) {
			const most = `${longestLine / 1024 ** 2} MiB`;
			const how = file.format === 'ndjson' ? ': `jq -c . FILE` does so' : '';
			throw unreadableFile(
				file,
				`has a line of more than ${most} (line ${firstLine + count}). Write a record a line${how}`,
			);
		}
		if (!isText && !isUtf8(text.subarray(start, end))) {
			throw unreadableFile(file, `is not UTF-8 (line ${firstLine + count}). Save it as UTF-8 and send it again`);
		}
		longest = Math.max(longest, end - emptyFrom);
		if (newline < 0) break;
		if (end > start) emptyFrom = newline + 1;
		start = newline + 1;
	}
	return { count, longest };
}

/**
 * Lines as DuckDB reads them: only a line feed ends one, none begins with a byte order mark, and none holds the separator,
 * which is no part of a JSON text.
 */
function normalizeLines(text: Buffer): Buffer {
	const lines = withoutByteOrderMarks(unixLineEnds(text));
	if (!lines.includes(1)) return lines;
	return Buffer.from(lines.toString('latin1').replaceAll(numberSeparator, '\x1a'), 'latin1');
}

async function* stageCsv(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder, columns, chunkBytes }: StagingPlace,
): AsyncGenerator<StagedChunk, void> {
	let lines: string[] = [];
	let waiting = 0;
	let written = 0;
	let longest = 0;
	let number = 0;
	const path = () => join(folder, `chunk-${number}`);
	const flush = async () => {
		await appendFile(path(), lines.join(''));
		written += waiting;
		lines = [];
		waiting = 0;
	};
	const whole = (): StagedChunk => {
		const chunk = { path: path(), kind: 'numbered', firstLine: 1, longestLine: longest } as const;
		number++;
		written = 0;
		longest = 0;
		return chunk;
	};
	for await (const records of readCsvRecords(file, checkUtf8(file, content), columns)) {
		for (const record of records) {
			const [object, fault] = 'message' in record ? ['', record.message] : [record.json, ''];
			const line = `${[record.line, object, JSON.stringify(record.raw), fault].join(numberSeparator)}\n`;
			lines.push(line);
			waiting += line.length;
			longest = Math.max(longest, Buffer.byteLength(line));
		}
		if (waiting < writeBytes) continue;
		await flush();
		if (written >= chunkBytesWith(longest, chunkBytes)) yield whole();
	}
	if (lines.length > 0) await flush();
	if (written > 0) yield whole();
}

/** Passes on bytes that are UTF-8; a character that is cut in two is held back until it is complete. */
async function* checkUtf8(file: SourceFile, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let line = 1;
	for await (const text of splitAtLines(content, csvPieceBytes)) {
		line += measureLines(file, unixLineEnds(text), line).count;
		yield text;
	}
}

async function* stageParquet(
	_file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder }: StagingPlace,
): AsyncGenerator<StagedChunk, void> {
	const path = join(folder, 'source.parquet');
	await pipeline(content, createWriteStream(path));
	yield { path, kind: 'parquet' };
}
