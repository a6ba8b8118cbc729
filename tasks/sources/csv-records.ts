import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import type { SourceFile } from './find-files';
import { refused } from './staging';

/** A record of a CSV file: its values by column, or why it can't be taken apart. */
export type CsvRecord =
	| { readonly line: number; readonly values: Record<string, string>; readonly raw: string }
	| { readonly line: number; readonly message: string; readonly raw: string };

interface Parsed {
	readonly record: string[];
	/** Its text, with the line end. */
	readonly raw: string;
}

/** Longest record, in characters: a quote that is opened by mistake must not swallow a whole file. */
const longestRecord = 2_000_000;

/**
 * The records of a CSV file with a header, commas and double quotes (RFC 4180), in order; blank lines are not records.
 * `required` are the columns that the header has to have. A record with another number of values than the header, or
 * with a misplaced quote, is one that can't be taken apart; a file without the header, or with a quote that never
 * closes, can't be read at all and is refused.
 */
export async function* recordsOfCsv(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	required: readonly string[],
): AsyncGenerator<CsvRecord> {
	// The parser is ahead of its reader: lines are counted as it goes, so that an error finds them counted.
	let nextLine = 1;
	const numbered = ({ record, raw }: Parsed) => {
		const line = nextLine;
		nextLine += raw.match(/\r\n?|\n/g)?.length ?? 0;
		return { line, record, text: raw.replace(/[\r\n]+$/, '') };
	};
	const parser = parse({
		raw: true,
		on_record: numbered as never,
		max_record_size: longestRecord,
		relax_column_count: true,
		// A misplaced quote must not swallow the lines behind it; it is found below.
		relax_quotes: true,
	});
	let header: string[] | undefined;
	try {
		for await (const { line, record, text } of Readable.from(content)
			.on('error', (error) => parser.destroy(error))
			.pipe(parser) as AsyncIterable<ReturnType<typeof numbered>>) {
			if (text.trim() === '') continue;
			if (!header) {
				header = checkedHeader(file, record, required);
				continue;
			}
			if (record.length !== header.length || (text.includes('"') && !wellQuoted.test(text))) {
				const counted = `the header has ${header.length} columns, this line ${record.length}`;
				yield { line, message: record.length === header.length ? 'a quote is misplaced' : counted, raw: text };
				continue;
			}
			// A column may have any name: without a prototype '__proto__' is one like all others.
			const values: Record<string, string> = Object.create(null);
			for (const [index, name] of header.entries()) values[name] = record[index] as string;
			yield { line, values, raw: text };
		}
	} catch (error) {
		throw unreadable(file, error as CsvError, nextLine);
	}
	if (!header && nextLine > 1) {
		throw refused(file, 'has only blank lines, not even a header. Send the file again, or leave it out');
	}
}

/** The error for a record that the parser could not get past; it starts on `line`. */
function unreadable(file: SourceFile, error: CsvError, line: number): Error {
	if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
		return refused(
			file,
			`has a quoted value that never ends, in the record of line ${line}. Close the quote and send the file again`,
		);
	}
	if (error.code === 'CSV_MAX_RECORD_SIZE') {
		return refused(
			file,
			`has a record of more than ${longestRecord} characters on line ${line}. If a quote is open there, close it`,
		);
	}
	return error;
}

function checkedHeader(file: SourceFile, record: readonly string[], required: readonly string[]): string[] {
	const header = record.map((name, index) => name.trim() || `column_${index + 1}`);
	const twice = header.find((name, index) => header.indexOf(name) !== index);
	if (twice !== undefined) throw refused(file, `has the column '${twice}' twice in its header`);
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
	throw refused(
		file,
		`has no column ${missing.join(', ')} for ${file.dataset}; its header is '${columns.join(',').slice(0, 200)}'. ${hint}`,
	);
}

/** A line whose quotes are where RFC 4180 has them: around whole values, doubled within. */
const wellQuoted = /^("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*$/;
