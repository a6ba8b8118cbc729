/** A record of CSV text (RFC 4180: commas, double quotes). */
export interface CsvText {
	/** The line on which it starts, from 1. */
	readonly line: number;
	/** Its own text, without the line end. */
	readonly raw: string;
	readonly values: readonly string[];
	/** Whether a quote stands elsewhere than around a whole value, or doubled within one. */
	readonly isMisquoted: boolean;
}

/** A record that the cutter can't get past; it starts on `line`. */
export class CsvCutError extends Error {
	constructor(
		readonly reason: 'tooLong' | 'quoteNotClosed',
		readonly line: number,
	) {
		super(`${reason} on line ${line}`);
	}
}

/**
 * Cuts CSV text into records, in one pass. Outside of quotes `\r\n`, `\n` and `\r` each end a record, also mixed; within
 * quotes they are part of the value. Blank lines (white space only) are not records, and cost next to nothing. A misplaced
 * quote doesn't reach beyond its own line. A byte order mark at the start of a record is left out.
 */
export class CsvCutter {
	/** The line on which the next record starts, from 1. */
	line = 1;
	private rest = '';

	/** `longestRecord` is in characters. */
	constructor(private readonly longestRecord: number) {}

	/**
	 * The records that end in the next piece of text. Throws CsvCutError for a record that is too long, and, in the last
	 * piece, for a quote that is never closed.
	 */
	*cut(piece: string, { isLast }: { readonly isLast: boolean }): Generator<CsvText> {
		const text = this.rest + piece;
		const find = { quote: finder(text, '"'), feed: finder(text, '\n'), return: finder(text, '\r') };
		let start = 0;
		while (start < text.length) {
			if (text.charCodeAt(start) === byteOrderMark) start++;
			let end = Math.min(find.feed(start), find.return(start));
			let record: Scanned | undefined;
			if (find.quote(start) < end) {
				record = scan(text, start);
				end = record.end;
			}
			// What the text ends with may go on in the next piece, if only by the rest of a line end or of a quote.
			const mayGoOn = end >= text.length || (end === text.length - 1 && text[end] === '\r');
			if (Math.min(end, text.length) - start > this.longestRecord) throw new CsvCutError('tooLong', this.line);
			if (mayGoOn && !isLast) break;
			if (record?.isOpen) throw new CsvCutError('quoteNotClosed', this.line);
			const raw = text.slice(start, end);
			if (raw.trim() !== '') {
				const { values, isMisquoted } = record ?? { values: raw.split(','), isMisquoted: false };
				yield { line: this.line, raw, values, isMisquoted };
			}
			this.line += end >= text.length ? 0 : 1;
			if (record) this.line += raw.match(/\r\n?|\n/g)?.length ?? 0;
			start = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
		}
		this.rest = text.slice(start);
	}
}

/** Where the next one of a character is, from a place on that never goes back; infinite where there is none. */
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
	/** The place of the line end, or the length of the text where there is none. */
	readonly end: number;
	readonly values: readonly string[];
	readonly isMisquoted: boolean;
	/** The text ends within quotes. */
	readonly isOpen: boolean;
}

/** Reads the record that starts at a place, value by value. */
function scan(text: string, start: number): Scanned {
	const values: string[] = [];
	let isMisquoted = false;
	for (let at = start; ; at++) {
		const isQuoted = text[at] === '"';
		const close = isQuoted ? closingQuote(text, at + 1) : at - 1;
		if (close < 0 && isQuoted) return { end: text.length, values, isMisquoted, isOpen: true };
		const end = endOfValue(text, close + 1);
		const value = isQuoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end);
		isMisquoted ||= isQuoted ? end > close + 1 : value.includes('"');
		values.push(value);
		if (text[end] !== ',') return { end, values, isMisquoted, isOpen: false };
		at = end;
	}
}

/** The place of the quote that closes a value, where doubled ones are part of it; -1 where there is none. */
function closingQuote(text: string, from: number): number {
	let quote = text.indexOf('"', from);
	while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
	return quote;
}

function endOfValue(text: string, from: number): number {
	valueEnd.lastIndex = from;
	return valueEnd.exec(text)?.index ?? text.length;
}
const valueEnd = /[,\r\n]/g;

const byteOrderMark = 0xfeff;
