import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { SourceFile } from '../../pipeline/bronze';
import { DataRefusedError } from '../../platform/errors';
import { LoneReturns } from '../../platform/line-ends';
import { limits, type Sized } from './batcher';

/** A line of a source, ending in a newline, and where it stands. */
export interface SourceRecord extends Sized {
	readonly file: string;
	/** From 1; blank lines count. */
	readonly line: number;
}

/** Something that records are read from, again and again in the same order. */
export interface Source {
	/** Names it among the sources of a run, and in messages. */
	readonly name: string;
	/** The records behind a line, some at a time. Throws DataRefusedError for a record that no delivery stream takes. */
	records(after: number): AsyncIterable<readonly SourceRecord[]> | Iterable<readonly SourceRecord[]>;
}

const newline = 10;
const space = 32;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file of NDJSON, plain or gzip, as a source; read from start to end with no more in memory than a piece and a line. */
export function fileSource(file: Pick<SourceFile, 'location' | 'gzip' | 'open'>): Source {
	return { name: file.location, records: (after) => readRecords(file, after) };
}

async function* readRecords(
	file: Parameters<typeof fileSource>[0],
	after: number,
): AsyncGenerator<readonly SourceRecord[]> {
	const name = file.location;
	let line = 0;
	let begun: Buffer[] = [];
	let begunBytes = 0;
	const toRecord = (text: Buffer): SourceRecord[] => {
		line++;
		const data = text.subarray(0, 3).equals(byteOrderMark) ? text.subarray(3) : text;
		if (line <= after || isBlank(data)) return [];
		checkLength(name, line, data.length);
		return [{ data, file: name, line }];
	};
	for await (const piece of linesEndedByFeeds(readContent(file))) {
		const records: SourceRecord[] = [];
		let start = 0;
		for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
			const ending = piece.subarray(start, end + 1);
			const text = begunBytes > 0 ? Buffer.concat([...begun, ending]) : ending;
			begun = [];
			begunBytes = 0;
			records.push(...toRecord(text));
			start = end + 1;
		}
		if (start < piece.length) {
			begun.push(piece.subarray(start));
			begunBytes += piece.length - start;
			if (line >= after) checkLength(name, line + 1, begunBytes);
		}
		if (records.length > 0) yield records;
	}
	const last = toRecord(Buffer.concat([...begun, Buffer.from('\n')]));
	if (last.length > 0) yield last;
}

/** The same text, where `\r` alone ends a line too. */
async function* linesEndedByFeeds(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	const returns = new LoneReturns();
	for await (const piece of content) yield returns.replace(piece);
	yield returns.rest();
}

/** The bytes of a file, decompressed. */
async function* readContent({ location, gzip, open }: Parameters<typeof fileSource>[0]): AsyncGenerator<Buffer> {
	const raw = await open();
	// An error of either side ends the other one and is thrown below.
	const content: Readable = gzip ? pipeline(raw, createGunzip(), () => undefined) : raw;
	try {
		yield* content as AsyncIterable<Buffer>;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (!code?.startsWith('Z_')) throw error;
		const what = code === 'Z_BUF_ERROR' ? 'is cut off: its gzip stream has no end' : `is not sound gzip (${message})`;
		throw new DataRefusedError(
			`${location} ${what}. Put it right; the same command then goes on behind what has been sent.`,
		);
	} finally {
		raw.destroy();
	}
}

function isBlank(line: Buffer): boolean {
	for (const byte of line) if (byte > space) return false;
	return true;
}

function checkLength(file: string, line: number, bytes: number): void {
	if (bytes <= limits.bytesOfRecord) return;
	throw new DataRefusedError(
		`${file}:${line} is longer than the ${limits.bytesOfRecord / 1024} KiB that a record of Firehose may have. Shorten the record or take its line out; the same command then goes on behind what has been sent.`,
	);
}
