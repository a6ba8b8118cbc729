/** What may stand between the values of a record. */
export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

/** A record of CSV text (RFC 4180: double quotes; commas, or another delimiter). */
export interface CsvText {
	/** The line on which it starts, from 1. */
	readonly line: number;
	/** Its own text, without the line end. */
	readonly raw: string;
	readonly values: readonly string[];
	/** Whether a quote is anywhere but around a whole value, or doubled within one. */
	readonly isMisquoted: boolean;
}

/** A record that can't be split; it starts on `line`. */
export class CsvCutError extends Error {
	constructor(
		readonly reason: 'tooLong' | 'quoteNotClosed',
		readonly line: number,
	) {
		super(`${reason} on line ${line}`);
	}
}

/**
 * Splits CSV text into records, in one pass. Outside of quotes `\r\n`, `\n` and `\r` each end a record, also mixed; within
 * quotes they are part of the value. Blank lines (white space only) are skipped cheaply. A misplaced quote only affects its
 * own line. Byte order marks at the start of a record are dropped.
 */
export class CsvCutter {
	private rest = '';

	constructor(
		/** In characters. */
		private readonly longestRecord: number,
		/** The line on which the next record starts. */
		private line = 1,
		private readonly delimiter: Delimiter = ',',
		/** Whether quotes are characters like others. */
		private readonly isUnquoted = false,
	) {}

	/** Whether a record has begun that has no end yet. */
	get holdsText(): boolean {
		return this.rest !== '';
	}

	/**
	 * Yields the records that end in the next piece of text. Throws CsvCutError for a record that is too long, and in the
	 * last piece for a quote that is never closed.
	 */
	*cut(piece: string, { isLast }: { readonly isLast: boolean }): Generator<CsvText> {
		const text = this.rest + piece;
		const find = { quote: finder(text, '"'), feed: finder(text, '\n'), return: finder(text, '\r') };
		let start = 0;
		while (start < text.length) {
			while (text.charCodeAt(start) === byteOrderMark) start++;
			let end = Math.min(find.feed(start), find.return(start));
			let record: Scanned | undefined;
			if (!this.isUnquoted && find.quote(start) < end) {
				record = scan(text, start, this.delimiter);
				end = record.end;
			}
			// The end of the text may continue in the next piece, even if only with the rest of a line end or a quote.
			const mayContinue = end >= text.length || (end === text.length - 1 && text[end] === '\r');
			if (Math.min(end, text.length) - start > this.longestRecord) throw new CsvCutError('tooLong', this.line);
			if (mayContinue && !isLast) break;
			if (record?.isOpen) throw new CsvCutError('quoteNotClosed', this.line);
			const raw = text.slice(start, end);
			if (raw.trim() !== '') {
				const { values, isMisquoted } = record ?? { values: raw.split(this.delimiter), isMisquoted: false };
				yield { line: this.line, raw, values, isMisquoted };
			}
			this.line += end >= text.length ? 0 : 1;
			if (record) this.line += raw.match(/\r\n?|\n/g)?.length ?? 0;
			start = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
		}
		this.rest = text.slice(start);
	}
}

/** Finds the next position of a character from positions that only grow; infinite if there is none. */
function finder(text: string, character: string): (from: number) => number {
	let next = -1;
	return (from) => {
		if (next < from) {
			next = text.indexOf(character, from);
			if (next < 0) next = Number.POSITIVE_INFINITY;
		}
		return next;
	};
}

interface Scanned {
	/** The position of the line end, or the length of the text if there is none. */
	readonly end: number;
	readonly values: readonly string[];
	readonly isMisquoted: boolean;
	/** The text ends within quotes. */
	readonly isOpen: boolean;
}

/** Parses the record that starts at a position, value by value. */
function scan(text: string, start: number, delimiter: Delimiter): Scanned {
	const values: string[] = [];
	let isMisquoted = false;
	for (let at = start; ; at++) {
		const isQuoted = text[at] === '"';
		const close = isQuoted ? closingQuote(text, at + 1) : at - 1;
		if (close < 0 && isQuoted) return { end: text.length, values, isMisquoted, isOpen: true };
		const end = endOfValue(text, close + 1, delimiter);
		const value = isQuoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end);
		isMisquoted ||= isQuoted ? end > close + 1 : value.includes('"');
		values.push(value);
		if (text[end] !== delimiter) return { end, values, isMisquoted, isOpen: false };
		at = end;
	}
}

/** The position of the quote that closes a value, skipping doubled quotes; -1 if there is none. */
function closingQuote(text: string, from: number): number {
	let quote = text.indexOf('"', from);
	while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
	return quote;
}

function endOfValue(text: string, from: number, delimiter: Delimiter): number {
	const valueEnd = valueEnds[delimiter];
	valueEnd.lastIndex = from;
	return valueEnd.exec(text)?.index ?? text.length;
}
const valueEnds: Readonly<Record<Delimiter, RegExp>> = {
	',': /[,\r\n]/g,
	';': /[;\r\n]/g,
	'\t': /[\t\r\n]/g,
	'|': /[|\r\n]/g,
};

const byteOrderMark = 0xfeff;
