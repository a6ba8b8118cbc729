import { isUtf8 } from 'node:buffer';
import { type Quote, type QuoteColumn, quoteColumns } from '../generate/quotes/quote';
import { CsvCutError, CsvCutter } from '../platform/csv';
import { DataRefusedError } from '../platform/errors';
import { normalizeLines } from '../platform/lines';
import { type RejectedRow, validateRow } from './validate-row';

/** The rows of a file of quotes. */
export interface QuoteFile {
	/** One per ticker and second: the last one in the file. */
	readonly quotes: readonly Quote[];
	/** Good rows that a later row of the same ticker and second replaces. */
	readonly repeated: number;
	readonly rejected: readonly RejectedRow[];
}

/** A file of which no row can be trusted. The message gives the reason without the file's name. */
export class PoisonFileError extends DataRefusedError {}

/** Loading this much takes a fraction of the function's timeout; one minute of a stock has 4,000 bytes. */
export const maxFileBytes = 2 * 1024 ** 2;

/**
 * Parses a file: CSV with a header that names the columns (in any order; others are ignored), every line ended. Bad rows
 * are returned apart. Throws PoisonFileError if the file can't be read as a whole, for instance if its last line has no
 * end: a number that is cut short is still a number.
 */
export function readQuotes(content: Uint8Array): QuoteFile {
	if (content.length > maxFileBytes) throw tooLarge(content.length);
	const lines = splitLines(content);
	const header = readHeader(lines);
	const quotes = new Map<string, Quote>();
	const rejected: RejectedRow[] = [];
	let good = 0;
	for (const [index, raw] of lines.entries()) {
		if (index === 0 || raw.trim() === '') continue;
		const line = index + 1;
		const checked = readRow(raw, header);
		const quote = 'fault' in checked ? checked : validateRow(checked);
		if ('fault' in quote) {
			rejected.push({ line, ...quote.fault, raw: raw.slice(0, maxRawLength) });
			continue;
		}
		quotes.set(`${quote.ticker} ${quote.timestamp}`, quote);
		good++;
	}
	return { quotes: [...quotes.values()], repeated: good - quotes.size, rejected };
}

export const tooLarge = (bytes: number): PoisonFileError =>
	new PoisonFileError(`it has ${bytes} bytes, more than ${maxFileBytes}: send it in parts`);

/** Characters of a rejected row that are kept. */
const maxRawLength = 1000;

function splitLines(content: Uint8Array): string[] {
	if (content.length === 0) throw new PoisonFileError('it is empty: it has no header');
	if (!isUtf8(content)) throw new PoisonFileError('it is not UTF-8 text');
	const lines = normalizeLines(Buffer.from(content)).toString().split('\n');
	const last = lines.pop();
	if (last !== '') {
		throw new PoisonFileError(`it is cut off in the middle of line ${lines.length + 1}, which has no end`);
	}
	return lines;
}

/** The index of each column. */
function readHeader([first = '']: readonly string[]): {
	readonly indexes: Record<QuoteColumn, number>;
	columns: number;
} {
	const names = splitValues(first)?.map((name) => name.trim().toLowerCase()) ?? [];
	const missing = quoteColumns.filter((column) => !names.includes(column));
	if (missing.length > 0) {
		throw new PoisonFileError(`its first line is not a header: '${first.slice(0, 100)}' lacks ${missing.join(', ')}`);
	}
	const twice = quoteColumns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
	if (twice) throw new PoisonFileError(`its header has the column ${twice} twice`);
	const indexes = Object.fromEntries(quoteColumns.map((column) => [column, names.indexOf(column)]));
	return { indexes: indexes as Record<QuoteColumn, number>, columns: names.length };
}

function readRow(
	raw: string,
	{ indexes, columns }: ReturnType<typeof readHeader>,
): Quote | { fault: Omit<RejectedRow, 'line' | 'raw'> } {
	const values = splitValues(raw);
	if (!values) return { fault: { rule: 'unparsable', message: 'a quotation mark is misplaced' } };
	if (values.length !== columns) {
		return { fault: { rule: 'unparsable', message: `the header has ${columns} columns, this line ${values.length}` } };
	}
	const row = Object.fromEntries(quoteColumns.map((column) => [column, (values[indexes[column]] ?? '').trim()]));
	return row as Record<QuoteColumn, string>;
}

/** The values of a line; undefined if its quotation marks aren't valid CSV. A value can't span lines. */
function splitValues(line: string): readonly string[] | undefined {
	if (!line.includes('"')) return line.split(',');
	try {
		const [record] = new CsvCutter(maxFileBytes).cut(line, { isLast: true });
		return record?.isMisquoted ? undefined : record?.values;
	} catch (error) {
		if (error instanceof CsvCutError) return undefined;
		throw error;
	}
}
