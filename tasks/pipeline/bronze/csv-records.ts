import { CsvCutError, CsvCutter, type CsvText, type Delimiter } from '../../platform/csv';
import { normalizeLines, splitLines, withoutLineEnd } from '../../platform/lines';
import { type NumberedRecord, numberedLine, numberSeparator } from './chunk-writer';
import { findDelimiter, longestCsvRecord } from './find-delimiter';
import type { SourceFile } from './find-files';
import { measureLines, type TextBlock } from './text-blocks';
import { unreadableFile } from './unreadable-file';

/** Lines of a chunk that stand for some records of a CSV file. */
export interface CsvPiece {
	readonly format:
		| { readonly kind: 'numbered' }
		| { readonly kind: 'delimited'; readonly header: readonly string[]; readonly delimiter: Delimiter };
	readonly lines: Buffer;
	readonly firstLine?: number;
	readonly longestLine: number;
	/** All lines are blank: they only keep the numbers of lines around them. */
	readonly isBlank?: boolean;
	/** The bytes of the same records as numbered lines, about. */
	readonly bytes: number;
	/** The file's header as it came. */
	readonly header: string | undefined;
	readonly delimiter: Delimiter;
}

/**
 * The records of a CSV file with a header and double quotes (RFC 4180); blank lines are not records. Its delimiter is given, or
 * found by the header. `required` are the columns that the header has to have. A record with another number of values than the
 * header, or with a misplaced quote, can't be parsed; a file without the header, or with a quote that never closes, can't be
 * read at all and is refused.
 *
 * The program parses the records with a quote, and all records of a file whose header has one. SQL parses the others: in their
 * lines a blank one stands for each line that the program parses, so that they keep their numbers.
 */
export async function* readCsvPieces(
	file: SourceFile,
	blocks: AsyncIterable<TextBlock>,
	required: readonly string[],
): AsyncGenerator<CsvPiece> {
	const reader = new CsvReader(file, required);
	let isEmpty = true;
	try {
		for await (const block of blocks) {
			isEmpty = false;
			yield* reader.read(block);
		}
		yield* reader.end();
	} catch (error) {
		throw error instanceof CsvCutError ? unreadable(file, error) : error;
	}
	if (!reader.hasHeader && !isEmpty) {
		throw unreadableFile(file, 'has only blank lines, not even a header. Send the file again, or leave it out');
	}
}

/** Reads a CSV file block by block: a promise per record would cost more than parsing the record. */
class CsvReader {
	private header: Header | undefined;
	/** Whether the program parses all records. */
	private isHeaderQuoted = false;
	private delimiter: Delimiter | undefined;
	/** Holds a record that has begun and goes on in the next block. */
	private cutter: CsvCutter | undefined;

	constructor(
		private readonly file: SourceFile,
		private readonly required: readonly string[],
	) {
		this.delimiter = file.delimiter;
	}

	get hasHeader(): boolean {
		return this.header !== undefined;
	}

	*read(block: TextBlock): Generator<CsvPiece> {
		this.delimiter ??= findDelimiter(this.file, block.source.toString(), this.required);
		const records = this.header || this.isHeaderQuoted ? block : this.takeHeader(block);
		if (this.isHeaderQuoted) {
			yield this.numberedPiece(this.parse(block.source.toString(), block.firstLine));
		} else if (
			this.header &&
			!this.cutter &&
			records.longestLine <= longestCsvRecord &&
			isDelimited(records.lines, this.file)
		) {
			yield this.delimitedPiece(records, this.header);
		} else if (this.header) {
			const { lines, numbered, isBlank } = this.divide(records);
			yield { ...this.delimitedPiece({ ...records, lines }, this.header), isBlank };
			yield this.numberedPiece(numbered);
		}
	}

	*end(): Generator<CsvPiece> {
		if (this.cutter) yield this.numberedPiece(this.parse('', 0, true));
	}

	/** Takes the header from a block and returns the rest; a header with a quote stays in it. */
	private takeHeader(block: TextBlock): TextBlock {
		const { first, rest } = takeFirstRecord(block);
		if (!first) return rest;
		this.isHeaderQuoted = first.length > longestCsvRecord || !isDelimited(first, this.file);
		if (this.isHeaderQuoted) return block;
		const text = first.toString();
		this.header = checkedHeader(this.file, text.split(this.delimiter ?? ','), this.required, text);
		return rest;
	}

	/** Divides a block into lines for SQL, and the records that the program parses, as numbered lines. */
	private divide(block: TextBlock): {
		readonly lines: Buffer;
		readonly numbered: string;
		/** Whether all lines for SQL are blank. */
		readonly isBlank: boolean;
	} {
		const lines: Buffer[] = [];
		const numbered: string[] = [];
		let isBlank = true;
		const parse = (start: number, end: number, firstLine: number, count: number) => {
			numbered.push(this.parse(block.source.toString('utf8', start, end), firstLine));
			lines.push(Buffer.from(' \n'.repeat(count)));
		};
		for (const { start, end, firstLine, count, isDelimited } of listRuns(block, this.file)) {
			if (this.cutter) {
				// Run by run, a long record would be parsed from its beginning each time.
				parse(start, block.source.length, firstLine, block.firstLine + block.count - firstLine);
				break;
			}
			if (isDelimited) {
				lines.push(normalizeLines(block.source.subarray(start, end)));
				isBlank = false;
			} else parse(start, end, firstLine, count);
		}
		return { lines: Buffer.concat(lines), numbered: numbered.join(''), isBlank };
	}

	/** Parses the next text and returns its records as numbered lines. The text begins with this line, unless a record goes on. */
	private parse(text: string, firstLine: number, isLast = false): string {
		this.cutter ??= new CsvCutter(longestCsvRecord, firstLine, this.delimiter, this.file.isUnquoted);
		const texts: string[] = [];
		for (const record of this.cutter.cut(text, { isLast })) {
			if (this.header) texts.push(numberedLine(toRecord(record, this.header.keys)));
			else this.header = checkedHeader(this.file, record.values, this.required, record.raw);
		}
		if (!this.cutter.holdsText && !this.isHeaderQuoted) this.cutter = undefined;
		return texts.join('');
	}

	private numberedPiece(numbered: string): CsvPiece {
		const lines = Buffer.from(numbered);
		return {
			format: { kind: 'numbered' },
			lines,
			longestLine: measureLines(lines).longest,
			bytes: lines.length,
			header: this.header?.text,
			delimiter: this.delimiter ?? ',',
		};
	}

	private delimitedPiece({ lines, firstLine, count, longestLine }: TextBlock, header: Header): CsvPiece {
		const { names, keys, text } = header;
		const { delimiter = ',' } = this;
		const bytes = 2 * lines.length + count * keys.join('"",').length;
		const format = { kind: 'delimited', header: names, delimiter } as const;
		return { format, lines, firstLine, longestLine, bytes, header: text, delimiter };
	}
}

/** The bytes of lines that SQL can't read, or would not divide: DuckDB's reader takes no NUL. */
const listOthers = ({ isUnquoted }: SourceFile): number[] =>
	['\0', numberSeparator, ...(isUnquoted ? [] : ['"'])].map((character) => character.charCodeAt(0));

/** Whether each of these lines is a record that delimiters alone divide, and that SQL can read. */
const isDelimited = (lines: Buffer, file: SourceFile): boolean =>
	!listOthers(file).some((byte) => lines.includes(byte));

/** Lines of a block that follow each other: all are delimited, or none is. */
interface Run {
	/** Its place in the block's source, in bytes. */
	readonly start: number;
	readonly end: number;
	readonly firstLine: number;
	readonly count: number;
	readonly isDelimited: boolean;
}

/** The runs of a block, in order. */
function* listRuns({ source, firstLine }: TextBlock, file: SourceFile): Generator<Run> {
	const others = listOthers(file).filter((byte) => source.includes(byte));
	let run = { start: 0, end: 0, firstLine, count: 0, isDelimited: true };
	for (const line of splitLines(source)) {
		const isDelimited = line.length <= longestCsvRecord && !others.some((byte) => line.includes(byte));
		if (isDelimited !== run.isDelimited) {
			if (run.count > 0) yield run;
			run = { start: run.end, end: run.end, firstLine: run.firstLine + run.count, count: 0, isDelimited };
		}
		run.end += line.length;
		run.count++;
	}
	yield run;
}

/** The first record, if there is one, and the lines after it. */
function takeFirstRecord(block: TextBlock): { readonly first?: Buffer; readonly rest: TextBlock } {
	let start = 0;
	let { firstLine, count } = block;
	for (const line of splitLines(block.source)) {
		const first = normalizeLines(withoutLineEnd(line));
		start += line.length;
		firstLine++;
		count--;
		if (first.toString().trim() === '') continue;
		const source = block.source.subarray(start);
		return { first, rest: { ...block, source, lines: normalizeLines(source), firstLine, count } };
	}
	return { rest: block };
}

function toRecord({ line, raw, values, isMisquoted }: CsvText, keys: Header['keys']): NumberedRecord {
	if (values.length !== keys.length) {
		return { line, raw, fault: `the header has ${keys.length} columns, this line ${values.length}` };
	}
	if (isMisquoted) return { line, raw, fault: 'a quote is misplaced' };
	return { line, raw, json: `{${values.map((value, index) => keys[index] + JSON.stringify(value)).join(',')}}` };
}

function unreadable(file: SourceFile, { reason, line }: CsvCutError): Error {
	return unreadableFile(
		file,
		reason === 'quoteNotClosed'
			? `has a quoted value that never ends, in the record on line ${line}. Close the quote and send the file again`
			: `has a record of more than ${longestCsvRecord} characters on line ${line}. If a quote is open there, close it`,
	);
}

/** The columns of a table. */
export interface Header {
	readonly names: readonly string[];
	/** The names as JSON texts, with the colon. */
	readonly keys: readonly string[];
	/** As it came. */
	readonly text: string;
}

/** The header of a table; throws DataRefusedError where a column stands twice, or a required one is missing. */
export function checkedHeader(
	file: SourceFile,
	record: readonly string[],
	required: readonly string[],
	text: string,
): Header {
	const header = record.map((name, index) => name.trim() || `column_${index + 1}`);
	const twice = header.find((name, index) => header.indexOf(name) !== index);
	if (twice !== undefined) throw unreadableFile(file, `has the column '${twice}' twice in its header`);
	checkColumns(file, header, required);
	return { names: header, keys: header.map((name) => `${JSON.stringify(name)}:`), text };
}

/** Throws DataRefusedError where a file lacks a column that its dataset needs. */
export function checkColumns(file: SourceFile, columns: readonly string[], required: readonly string[]): void {
	file.onColumns?.(columns);
	const missing = required.filter((name) => !columns.includes(name));
	if (missing.length === 0) return;
	const hint = 'Put a header with the contract’s names in its first line, or map other names with --map';
	throw unreadableFile(
		file,
		`has no column ${missing.join(', ')} for ${file.dataset}; its header is '${columns.join(',').slice(0, 200)}'. ${hint}`,
	);
}
