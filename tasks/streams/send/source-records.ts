import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { SourceFile } from '../../pipeline/bronze';
import { DataRefusedError } from '../../platform/errors';
import { LoneReturns } from '../../platform/line-ends';
import { limits, type Sized } from './batcher';

/** A line of a source, ending in a newline, with its position. */
export interface SourceRecord extends Sized {
	readonly file: string;
	/** From 1; blank lines count. */
	readonly line: number;
}

/** A source of records that gives the same records in the same order each time. */
export interface Source {
	/** Unique among the sources of a run. */
	readonly name: string;
	/** The records after a line, in chunks. Throws DataRefusedError for a record too long for a delivery stream. */
	records(after: number): AsyncIterable<readonly SourceRecord[]> | Iterable<readonly SourceRecord[]>;
}

const newline = 10;
const space = 32;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** An NDJSON file, plain or gzip, as a source; memory holds one chunk and one line at a time. */
export function fileSource(file: Pick<SourceFile, 'location' | 'gzip' | 'open'>): Source {
	return { name: file.location, records: (after) => readRecords(file, after) };
}

async function* readRecords(
	file: Parameters<typeof fileSource>[0],
	after: number,
): AsyncGenerator<readonly SourceRecord[]> {
	const name = file.location;
	let line = 0;
	let partial: Buffer[] = [];
	let partialBytes = 0;
	const toRecord = (text: Buffer): SourceRecord[] => {
		line++;
		const data = text.subarray(0, 3).equals(byteOrderMark) ? text.subarray(3) : text;
		if (line <= after || isBlank(data)) return [];
		checkLength(name, line, data.length);
		return [{ data, file: name, line }];
	};
	for await (const piece of withLineFeeds(readContent(file))) {
		const records: SourceRecord[] = [];
		let start = 0;
		for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
			const ending = piece.subarray(start, end + 1);
			const text = partialBytes > 0 ? Buffer.concat([...partial, ending]) : ending;
			partial = [];
			partialBytes = 0;
			records.push(...toRecord(text));
			start = end + 1;
		}
		if (start < piece.length) {
			partial.push(piece.subarray(start));
			partialBytes += piece.length - start;
			if (line >= after) checkLength(name, line + 1, partialBytes);
		}
		if (records.length > 0) yield records;
	}
	const last = toRecord(Buffer.concat([...partial, Buffer.from('\n')]));
	if (last.length > 0) yield last;
}

/** The same text with every line ended by `\n`, also where `\r` alone ended it. */
async function* withLineFeeds(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	const returns = new LoneReturns();
	for await (const piece of content) yield returns.replace(piece);
	yield returns.rest();
}

/** The bytes of a file, decompressed. */
async function* readContent({ location, gzip, open }: Parameters<typeof fileSource>[0]): AsyncGenerator<Buffer> {
	const raw = await open();
	// An error on either side ends the other, and is thrown below.
	const content: Readable = gzip ? pipeline(raw, createGunzip(), () => undefined) : raw;
	try {
		yield* content as AsyncIterable<Buffer>;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (!code?.startsWith('Z_')) throw error;
		const what = code === 'Z_BUF_ERROR' ? 'is cut off: its gzip stream has no end' : `is not valid gzip (${message})`;
		throw new DataRefusedError(
			`${location} ${what}. Fix it, then run the same command again: it resumes after what has been sent.`,
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
		`${file}:${line} is longer than ${limits.bytesOfRecord / 1024} KiB, the limit for a Firehose record. Shorten the record or remove its line, then run the same command again: it resumes after what has been sent.`,
	);
}
