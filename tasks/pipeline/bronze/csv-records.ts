import { CsvCutError, CsvCutter, type CsvText, type Delimiter } from '../../platform/csv';
import { splitLines, withoutLineEnd } from '../../platform/lines';
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
	/** The bytes of the same records as numbered lines, about. */
	readonly bytes: number;
	/** The file's header as it came. */
	readonly header: string | undefined;
	readonly delimiter: Delimiter;
}

/**
 * The records of a CSV file with a header and double quotes (RFC 4180), in order; blank lines are not records. Its delimiter
 * is given, or found by the header. `required` are the columns that the header has to have. A record with another number of
 * values than the header, or with a misplaced quote, can't be parsed; a file without the header, or with a quote that never
 * closes, can't be read at all and is refused. From the first block with a quote on, the program parses the records itself.
 */
export async function* readCsvPieces(
	file: SourceFile,
	blocks: AsyncIterable<TextBlock>,
	required: readonly string[],
): AsyncGenerator<CsvPiece> {
	let header: Header | undefined;
	let delimiter = file.delimiter;
	let cutter: CsvCutter | undefined;
	let isEmpty = true;
	// One piece at a time: a promise per record would cost more than parsing the record.
	const parsePiece = (cutter: CsvCutter, piece: string, isLast: boolean): CsvPiece => {
		const texts: string[] = [];
		for (const record of cutter.cut(piece, { isLast })) {
			if (header) texts.push(numberedLine(toRecord(record, header.keys)));
			else header = checkedHeader(file, record.values, required, record.raw);
		}
		const lines = Buffer.from(texts.join(''));
		return {
			format: { kind: 'numbered' },
			lines,
			longestLine: measureLines(lines).longest,
			bytes: lines.length,
			header: header?.text,
			delimiter: delimiter ?? ',',
		};
	};
	try {
		for await (const block of blocks) {
			isEmpty = false;
			delimiter ??= findDelimiter(file, block.source.toString(), required);
			if (cutter || !isDelimited(block, file.isUnquoted)) {
				delimiter ??= ',';
				cutter ??= new CsvCutter(longestCsvRecord, block.firstLine, delimiter, file.isUnquoted);
				yield parsePiece(cutter, block.source.toString(), false);
				continue;
			}
			const { first, rest } = header ? { first: undefined, rest: block } : takeFirstRecord(block);
			if (first) header = checkedHeader(file, first.split(delimiter ?? ','), required, first);
			if (header) yield delimitedPiece(rest, header, delimiter ?? ',');
		}
		if (cutter) yield parsePiece(cutter, '', true);
	} catch (error) {
		throw error instanceof CsvCutError ? unreadable(file, error) : error;
	}
	if (!header && !isEmpty) {
		throw unreadableFile(file, 'has only blank lines, not even a header. Send the file again, or leave it out');
	}
}

/** Whether each line is a record that delimiters alone divide, and that SQL can read: DuckDB's reader takes no NUL. */
function isDelimited({ lines, longestLine }: TextBlock, isUnquoted = false): boolean {
	const others = ['\0', numberSeparator, ...(isUnquoted ? [] : ['"'])];
	return longestLine <= longestCsvRecord && !others.some((character) => lines.includes(character));
}

/** The first record, if there is one, and the lines after it. */
function takeFirstRecord(block: TextBlock): { first?: string; rest: TextBlock } {
	let start = 0;
	let { firstLine, count } = block;
	for (const line of splitLines(block.lines)) {
		const text = withoutLineEnd(line).toString();
		start += line.length;
		firstLine++;
		count--;
		if (text.trim() === '') continue;
		return { first: text, rest: { ...block, lines: block.lines.subarray(start), firstLine, count } };
	}
	return { rest: block };
}

function delimitedPiece(
	{ lines, firstLine, count, longestLine }: TextBlock,
	{ names, keys, text }: Header,
	delimiter: Delimiter,
): CsvPiece {
	const bytes = 2 * lines.length + count * keys.join('"",').length;
	const format = { kind: 'delimited', header: names, delimiter } as const;
	return { format, lines, firstLine, longestLine, bytes, header: text, delimiter };
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
