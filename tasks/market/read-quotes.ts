import { type Quote, type QuoteColumn, quoteColumns } from '../generate/quotes/quote';
import { CsvCutError, CsvCutter } from '../platform/csv';
import { DataRefusedError } from '../platform/errors';
import { type BadRow, checkRow } from './check-row';

/** What a file of quotes holds. */
export interface QuoteFile {
	/** One a ticker and second: the last one in the file. */
	readonly quotes: readonly Quote[];
	/** Good rows whose ticker and second come again further down. */
	readonly repeated: number;
	readonly rejected: readonly BadRow[];
}

/** A file of which no row can be trusted. The message says why, without the file's name. */
export class PoisonFileError extends DataRefusedError {}

/** Bytes. So much is written within a fraction of what the function may take; a minute of a stock has 4,000. */
export const longestFile = 2 * 1024 ** 2;

/**
 * Takes a file apart: CSV with a header that names the columns (in any order, others are ignored), every line ended.
 * Bad rows are told apart; throws PoisonFileError where the file can't be read as a whole. An end in the middle of a
 * line is such a case, because a number that is cut short is a number still.
 */
export function readQuotes(content: Uint8Array): QuoteFile {
	if (content.length > longestFile) throw tooLong(content.length);
	const lines = splitLines(content);
	const header = readHeader(lines);
	const quotes = new Map<string, Quote>();
	const rejected: BadRow[] = [];
	let good = 0;
	for (const [index, raw] of lines.entries()) {
		if (index === 0 || raw.trim() === '') continue;
		const line = index + 1;
		const checked = readRow(raw, header);
		const quote = 'fault' in checked ? checked : checkRow(checked);
		if ('fault' in quote) {
			rejected.push({ line, ...quote.fault, raw: raw.slice(0, longestShown) });
			continue;
		}
		quotes.set(`${quote.ticker} ${quote.timestamp}`, quote);
		good++;
	}
	return { quotes: [...quotes.values()], repeated: good - quotes.size, rejected };
}

export const tooLong = (bytes: number): PoisonFileError =>
	new PoisonFileError(`it has ${bytes} bytes, more than ${longestFile}: send it in parts`);

/** Of a bad row so many characters are kept. */
const longestShown = 1000;
/** Bytes that are no UTF-8 are an error, not replaced; a byte order mark is left out. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function splitLines(content: Uint8Array): string[] {
	if (content.length === 0) throw new PoisonFileError('it is empty: there is not even a header');
	let text: string;
	try {
		text = utf8.decode(content);
	} catch {
		throw new PoisonFileError('it is not UTF-8 text');
	}
	const lines = text.split(/\r\n|\n|\r/);
	const last = lines.pop();
	if (last !== '') {
		throw new PoisonFileError(`it is cut off in the middle of line ${lines.length + 1}, which has no end`);
	}
	return lines;
}

/** The place of each column. */
function readHeader([first = '']: readonly string[]): {
	readonly places: Record<QuoteColumn, number>;
	columns: number;
} {
	const names = splitValues(first)?.map((name) => name.trim().toLowerCase()) ?? [];
	const missing = quoteColumns.filter((column) => !names.includes(column));
	if (missing.length > 0) {
		throw new PoisonFileError(`its first line is no header: '${first.slice(0, 100)}' lacks ${missing.join(', ')}`);
	}
	const twice = quoteColumns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
	if (twice) throw new PoisonFileError(`its header has the column ${twice} twice`);
	const places = Object.fromEntries(quoteColumns.map((column) => [column, names.indexOf(column)]));
	return { places: places as Record<QuoteColumn, number>, columns: names.length };
}

function readRow(
	raw: string,
	{ places, columns }: ReturnType<typeof readHeader>,
): Quote | { fault: Omit<BadRow, 'line' | 'raw'> } {
	const values = splitValues(raw);
	if (!values) return { fault: { rule: 'unparsable', message: 'a quote is misplaced' } };
	if (values.length !== columns) {
		return { fault: { rule: 'unparsable', message: `the header has ${columns} columns, this line ${values.length}` } };
	}
	const row = Object.fromEntries(quoteColumns.map((column) => [column, (values[places[column]] ?? '').trim()]));
	return row as Record<QuoteColumn, string>;
}

/** The values of a line; undefined where its quotes are not those of CSV. A value never goes on in the next line. */
function splitValues(line: string): readonly string[] | undefined {
	if (!line.includes('"')) return line.split(',');
	try {
		const [record] = new CsvCutter(longestFile).cut(line, { isLast: true });
		return record?.isMisquoted ? undefined : record?.values;
	} catch (error) {
		if (error instanceof CsvCutError) return undefined;
		throw error;
	}
}
