import { CsvCutError, CsvCutter, type Delimiter, delimiters } from '../../platform/csv';
import type { SourceFile } from './find-files';
import { unreadableFile } from './unreadable-file';

/** Longest CSV record, in characters: a quote that is opened by mistake must not swallow a whole file. */
export const longestCsvRecord = 2_000_000;

/** A delimiter as words say it. */
export const delimiterName = (delimiter: Delimiter): string => (delimiter === '\t' ? 'tab' : delimiter);

/**
 * The delimiter of a CSV file: the one with which the header has all required columns. Where none has them, the one that
 * comes closest, for the message about what is missing; undefined if the text is blank. Throws DataRefusedError if the header
 * can be read in two ways.
 */
export function findDelimiter(file: SourceFile, text: string, required: readonly string[]): Delimiter | undefined {
	const headers = delimiters.flatMap((delimiter) => {
		const names = readHeader(text, delimiter);
		return names ? [{ delimiter, names, has: required.filter((name) => names.includes(name)).length }] : [];
	});
	const fitting = headers.filter(({ names, has }) => has === required.length && names.length > 1);
	if (fitting.length > 1) {
		const ways = fitting.map(({ delimiter, names }) => `'${delimiterName(delimiter)}' (${names.length} columns)`);
		throw unreadableFile(
			file,
			`has a header that can be divided in several ways, by ${ways.join(' or ')}. Name the right one with --delimiter`,
		);
	}
	const [closest] = headers.sort((a, b) => b.has - a.has || b.names.length - a.names.length);
	return (fitting[0] ?? closest)?.delimiter;
}

/** The columns of the first record; undefined if there is none, or if it does not end. */
function readHeader(text: string, delimiter: Delimiter): string[] | undefined {
	try {
		const [record] = new CsvCutter(longestCsvRecord, 1, delimiter).cut(text, { isLast: true });
		return record?.values.map((name) => name.trim());
	} catch (error) {
		if (error instanceof CsvCutError) return undefined;
		throw error;
	}
}
