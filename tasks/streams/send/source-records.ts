import type { SourceFile } from '../../pipeline/bronze';
import { DataRefusedError } from '../../platform/errors';
import {
	decompress,
	GzipError,
	readBlocks,
	splitLines,
	withoutByteOrderMarks,
	withoutLineEnd,
} from '../../platform/lines';
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

/** Bytes of a source handed on at a time. */
const blockBytes = 64 * 1024;
const newline = Buffer.from('\n');
const space = 32;

/** An NDJSON file, plain or gzip, as a source; memory holds one chunk and one line at a time. */
export function fileSource(file: Pick<SourceFile, 'location' | 'gzip' | 'open'>): Source {
	return { name: file.location, records: (after) => readRecords(file, after) };
}

async function* readRecords(
	{ location, gzip, open }: Parameters<typeof fileSource>[0],
	after: number,
): AsyncGenerator<readonly SourceRecord[]> {
	let line = 0;
	const content = decompress(await open(), gzip);
	for await (const { text, fault } of readBlocks(content, { blockBytes, longestLine: limits.bytesOfRecord })) {
		if (fault instanceof GzipError) throw brokenGzip(location, fault);
		const records: SourceRecord[] = [];
		for (const raw of splitLines(text)) {
			const data = withNewline(withoutByteOrderMarks(raw));
			line++;
			if (line <= after) continue;
			if (fault === 'tooLong' || data.length > limits.bytesOfRecord) throw tooLong(location, line);
			if (isBlank(data)) continue;
			records.push({ data, file: location, line });
		}
		if (records.length > 0) yield records;
	}
}

/** A line that ends in `\n`, also where `\r` alone or nothing ended it. */
const withNewline = (line: Buffer): Buffer =>
	line.at(-1) === newline[0] ? line : Buffer.concat([withoutLineEnd(line), newline]);

function isBlank(line: Buffer): boolean {
	for (const byte of line) if (byte > space) return false;
	return true;
}

const brokenGzip = (file: string, { isCutOff, message }: GzipError): DataRefusedError =>
	new DataRefusedError(
		`${file} ${isCutOff ? 'is cut off: its gzip stream has no end' : `is not valid gzip (${message})`}. Fix it, then run the same command again: it resumes after what has been sent.`,
	);

const tooLong = (file: string, line: number): DataRefusedError =>
	new DataRefusedError(
		`${file}:${line} is longer than ${limits.bytesOfRecord / 1024} KiB, the limit for a Firehose record. Shorten the record or remove its line, then run the same command again: it resumes after what has been sent.`,
	);
