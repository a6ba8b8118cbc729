import { JsonCutError, JsonCutter, type JsonText } from '../../platform/json-cutter';
import { findJsonLayout, type JsonLayout } from '../../platform/json-document';
import { GzipError, peek } from '../../platform/lines';
import { type NumberedRecord, numberedLine } from './chunk-writer';
import type { SourceFile } from './find-files';
import { longestLine, notUtf8, unreadableGzip } from './text-blocks';
import { type UnreadableFileError, unreadableFile } from './unreadable-file';

/** Bytes by which the layout of a file is found. */
const sampleBytes = 1024 ** 2;

/** A JSON text, and how it holds its records. */
export interface JsonContent {
	readonly layout: JsonLayout;
	readonly content: AsyncIterable<Buffer>;
}

/** Finds how a file holds its records; a file that says it has a record a line is not looked at. */
export async function findLayout(file: SourceFile, source: AsyncIterable<Buffer>): Promise<JsonContent> {
	if (!file.mayBeDocument) return { layout: 'lines', content: source };
	const { start, isAll, content } = await peek(source, sampleBytes);
	const layout = findJsonLayout(dropMark(start).toString(), isAll);
	return { layout, content: layout === 'lines' ? content : withoutMark(content) };
}

const mark = Buffer.from('\ufeff');

const dropMark = (start: Buffer): Buffer => (start.subarray(0, 3).equals(mark) ? start.subarray(3) : start);

/** The content without a byte order mark at its start. */
async function* withoutMark(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let start: Buffer | undefined = Buffer.alloc(0);
	for await (const piece of content) {
		if (!start) yield piece;
		else {
			start = Buffer.concat([start, piece]);
			if (start.length < mark.length) continue;
			yield dropMark(start);
			start = undefined;
		}
	}
	if (start) yield dropMark(start);
}

/** The records of a JSON document as lines of a numbered chunk, piece by piece. Throws DataRefusedError. */
export async function* readJsonRecords(file: SourceFile, { layout, content }: JsonContent): AsyncGenerator<string> {
	const cutter = new JsonCutter(longestLine, layout === 'member');
	const lines = (records: Iterable<JsonText>) => [...records].map((record) => numberedLine(toRecord(record))).join('');
	try {
		for await (const piece of content) yield lines(cutter.cut(piece));
		yield lines(cutter.end());
	} catch (error) {
		if (error instanceof JsonCutError) throw unreadable(file, error);
		throw error instanceof GzipError ? unreadableGzip(file, error) : error;
	}
}

const toRecord = ({ line, text, hasBadString }: JsonText): NumberedRecord =>
	hasBadString
		? { line, raw: text, fault: 'a string holds a line end or another control character: write \\n for a line end' }
		: { line, raw: text, json: text };

function unreadable(file: SourceFile, { reason, line, text }: JsonCutError): UnreadableFileError {
	if (reason === 'notUtf8') return notUtf8(file, line, text);
	const most = `${longestLine / 1024 ** 2} MiB`;
	const whys = {
		tooLong: `has a value of more than ${most}, which begins on line ${line}. If a quote or a bracket is missing there, add it`,
		cutOff: `is cut off: what begins on line ${line} has no end. Send the file again, or add the quote or bracket that is missing`,
		notOneList: `has more than one list of records: its object goes on behind the list (line ${line}). Keep the list alone, as \`jq '.orders' FILE\` does`,
	};
	return unreadableFile(file, whys[reason]);
}
