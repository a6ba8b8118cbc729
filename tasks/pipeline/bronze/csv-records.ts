import { CsvCutError, CsvCutter, type CsvText } from '../../platform/csv';
import type { SourceFile } from './find-files';
import { unreadableFile } from './unreadable-file';

/** A record of a CSV file: its values by column as a JSON object, or why it can't be parsed. */
export type CsvRecord =
	| { readonly line: number; readonly json: string; readonly raw: string }
	| { readonly line: number; readonly message: string; readonly raw: string };

/** Longest record, in characters: a quote that is opened by mistake must not swallow a whole file. */
const longestRecord = 2_000_000;

/**
 * The records of a CSV file with a header, commas and double quotes (RFC 4180), in order; blank lines are not records.
 * `required` are the columns that the header has to have. A record with another number of values than the header, or
 * with a misplaced quote, can't be parsed; a file without the header, or with a quote that never closes, can't be read at
 * all and is refused.
 */
export async function* readCsvRecords(
	file: SourceFile,
	text: AsyncIterable<string>,
	required: readonly string[],
): AsyncGenerator<CsvRecord[]> {
	const cutter = new CsvCutter(longestRecord);
	let header: readonly string[] | undefined;
	let isEmpty = true;
	// One piece at a time: a promise per record would cost more than parsing the record.
	const parsePiece = (piece: string, isLast: boolean): CsvRecord[] => {
		const records: CsvRecord[] = [];
		for (const text of cutter.cut(piece, { isLast })) {
			if (header) records.push(toRecord(text, header));
			else header = checkedHeader(file, text.values, required).map((name) => `${JSON.stringify(name)}:`);
		}
		return records;
	};
	try {
		for await (const piece of text) {
			isEmpty = false;
			yield parsePiece(piece, false);
		}
		yield parsePiece('', true);
	} catch (error) {
		throw error instanceof CsvCutError ? unreadable(file, error) : error;
	}
	if (!header && !isEmpty) {
		throw unreadableFile(file, 'has only blank lines, not even a header. Send the file again, or leave it out');
	}
}

/** A record by its columns; `names` are JSON texts, with the colon. */
function toRecord({ line, raw, values, isMisquoted }: CsvText, names: readonly string[]): CsvRecord {
	if (values.length !== names.length) {
		return { line, message: `the header has ${names.length} columns, this line ${values.length}`, raw };
	}
	if (isMisquoted) return { line, message: 'a quote is misplaced', raw };
	return { line, json: `{${values.map((value, index) => names[index] + JSON.stringify(value)).join(',')}}`, raw };
}

function unreadable(file: SourceFile, { reason, line }: CsvCutError): Error {
	return unreadableFile(
		file,
		reason === 'quoteNotClosed'
			? `has a quoted value that never ends, in the record on line ${line}. Close the quote and send the file again`
			: `has a record of more than ${longestRecord} characters on line ${line}. If a quote is open there, close it`,
	);
}

function checkedHeader(file: SourceFile, record: readonly string[], required: readonly string[]): string[] {
	const header = record.map((name, index) => name.trim() || `column_${index + 1}`);
	const twice = header.find((name, index) => header.indexOf(name) !== index);
	if (twice !== undefined) throw unreadableFile(file, `has the column '${twice}' twice in its header`);
	checkColumns(file, header, required);
	return header;
}

/** Throws DataRefusedError where a file lacks a column that its dataset needs. */
export function checkColumns(file: SourceFile, columns: readonly string[], required: readonly string[]): void {
	const missing = required.filter((name) => !columns.includes(name));
	if (missing.length === 0) return;
	const [only = ''] = columns;
	const delimiter = columns.length === 1 ? /[;\t|]/.exec(only)?.[0] : undefined;
	const hint = delimiter
		? `Its columns seem to be separated by '${delimiter === '\t' ? 'tab' : delimiter}': separate them by commas`
		: 'Put a header with the contract’s names in its first line, or map other names with --map';
	throw unreadableFile(
		file,
		`has no column ${missing.join(', ')} for ${file.dataset}; its header is '${columns.join(',').slice(0, 200)}'. ${hint}`,
	);
}
