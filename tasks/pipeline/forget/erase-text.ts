import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Delimiter, delimiters } from '../../platform/csv';
import { decodeText, decompress, peek, tap, utf8 } from '../../platform/lines';
import { type Match, matchRecord, type Person, redact, type TextTable } from './person';

/** What was found in a file. */
export interface FileMatches {
	/** Records of the person, and those of others that mention the person. */
	readonly records: number;
	readonly mentions: number;
	/** Records that have the id otherwise. */
	readonly near: number;
	/** Whether the file was written without them; if not, it can't be rewritten safely. */
	readonly isRewritten: boolean;
	/** Bytes of the file, decompressed. */
	readonly bytes: number;
}

/** Longest record, in characters: a longer one is rather a quote that was never closed. */
const longestRecord = 32 * 1024 ** 2;
const written = { own: 'records', mention: 'mentions', near: 'near' } as const;

/**
 * Searches a text, plain or gzip, for records of a person, and writes it without them to `path`: every other line as it
 * came. A JSON document over several lines, a text that is not UTF-8 and a table whose quotes don't close can't be
 * rewritten.
 */
export async function eraseText(
	content: AsyncIterable<Buffer>,
	person: Person,
	path: string,
	matchText: MatchText = matchRecord,
): Promise<FileMatches> {
	const { start, content: all } = await peek(content, 2);
	const isGzip = start[0] === 0x1f && start[1] === 0x8b;
	const counts = { records: 0, mentions: 0, near: 0, bytes: 0 };
	const unpacked = tap(decompress(Readable.from(all), isGzip), ({ length }) => {
		counts.bytes += length;
	});
	const decoded = await decodeText(unpacked);
	const target = createWriteStream(path);
	const gzip = isGzip ? createGzip() : undefined;
	gzip?.pipe(target);
	const out = gzip ?? target;
	const reader = new RecordReader();
	try {
		for await (const { text, end, shape } of reader.read(decoded.content)) {
			const isUnknown = shape.kind === 'document';
			const match: Match = text.trim() === '' ? undefined : matchText(person, text, shape.table);
			if (match) counts[written[match]]++;
			if (match === 'own') continue;
			const left = match === 'mention' && !isUnknown ? redact(person, text, shape.table) : text;
			if (!out.write(left + end)) await once(out, 'drain');
		}
	} finally {
		out.end();
		await finished(target);
	}
	return { ...counts, isRewritten: decoded.encoding === utf8 && reader.isLineBased };
}

/** Finds out what a record has to do with a person. */
export type MatchText = (person: Person, text: string, table?: TextTable) => Match;

/** A record that Firehose kept because its transformation failed: its text is `rawData`, in base64. */
export const matchFailedRecord: MatchText = (person, text) => {
	try {
		const { rawData } = JSON.parse(text) as { readonly rawData?: unknown };
		const match = matchRecord(person, Buffer.from(String(rawData), 'base64').toString());
		// Nothing is redacted within base64.
		return match === 'mention' ? 'own' : (match ?? matchRecord(person, text));
	} catch {
		return matchRecord(person, text);
	}
};

/** How the records of a text are divided: a JSON value a line, a table of text, or a document. */
interface Shape {
	readonly kind: 'lines' | 'table' | 'document';
	readonly table?: TextTable;
}

interface TextRecord {
	readonly text: string;
	/** The line end. */
	readonly end: string;
	readonly shape: Shape;
}

/** Divides a text into records; of a table, those over several lines are joined. */
class RecordReader {
	/** Whether each record begins and ends with a line. */
	isLineBased = true;
	private shape: Shape | undefined;
	private pending = '';

	async *read(content: AsyncIterable<Buffer>): AsyncGenerator<TextRecord> {
		const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
		let rest = '';
		for await (const piece of content) {
			const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
			rest = lines.pop() ?? '';
			for (const line of lines) yield* this.addLine(line, '\n');
		}
		rest += decoder.decode();
		if (rest !== '') yield* this.addLine(rest, '');
		if (this.pending !== '') {
			this.isLineBased = false;
			yield { text: this.pending, end: '', shape: this.shape ?? { kind: 'document' } };
		}
	}

	private *addLine(line: string, newline: string): Generator<TextRecord> {
		const isReturned = line.endsWith('\r');
		const own = isReturned ? line.slice(0, -1) : line;
		const end = (isReturned ? '\r' : '') + newline;
		// What no UTF-8 text has, or a carriage return as the only line end.
		if (own.includes('\ufffd') || own.includes('\r')) this.isLineBased = false;
		if (this.shape?.kind !== 'table' && this.pending === '') {
			this.shape ??= own.trim() === '' ? undefined : findShape(own);
			if (this.shape?.kind === 'document') this.isLineBased = false;
			if (this.shape?.kind !== 'table') {
				yield { text: own, end, shape: this.shape ?? { kind: 'lines' } };
				return;
			}
		}
		this.pending += own;
		const isOpen = (this.pending.split('"').length - 1) % 2 === 1;
		if (isOpen && newline !== '' && this.pending.length < longestRecord) {
			this.pending += end;
			return;
		}
		if (isOpen) this.isLineBased = false;
		const text = this.pending;
		this.pending = '';
		yield { text, end, shape: this.shape ?? { kind: 'lines' } };
	}
}

/** Finds out by its first line what a text is. */
function findShape(first: string): Shape {
	const start = first.replace(/^\ufeff+/, '').trim();
	if (!/^[{[]/.test(start)) return { kind: 'table', table: readHeader(start) };
	try {
		return { kind: Array.isArray(JSON.parse(start)) ? 'document' : 'lines' };
	} catch {
		// A pretty-printed value begins with a bracket alone; anything else is a line that is broken.
		return { kind: /^[{[]\s*$|^\[/.test(start) ? 'document' : 'lines' };
	}
}

function readHeader(line: string): TextTable {
	const count = (delimiter: string) => line.split(delimiter).length;
	const delimiter = [...delimiters].sort((a, b) => count(b) - count(a))[0] as Delimiter;
	return { delimiter, header: line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1')) };
}
