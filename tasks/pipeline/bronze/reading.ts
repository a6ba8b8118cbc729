import { type Delimiter, delimiters } from '../../platform/csv';
import { UsageError } from '../../platform/errors';
import { encodingByLabel } from '../../platform/lines';
import { delimiterName } from './find-delimiter';
import type { SourceFile } from './find-files';
import type { ReadAs } from './staging';

/** How the files of a batch are to be read; what is not named is found. */
export type Reading = Pick<SourceFile, 'encoding' | 'delimiter' | 'sheet'>;

const delimiterWords: Readonly<Record<string, Delimiter>> = {
	...Object.fromEntries(delimiters.map((delimiter) => [delimiter, delimiter])),
	...{ comma: ',', semicolon: ';', tab: '\t', '\\t': '\t', pipe: '|' },
};

/** How files are to be read, from the texts of flags; throws UsageError. */
export function parseReading(flags: {
	readonly encoding?: string | undefined;
	readonly delimiter?: string | undefined;
	readonly sheet?: string | undefined;
}): Reading {
	const { encoding: label, delimiter: word, sheet } = flags;
	const encoding = label === undefined ? undefined : encodingByLabel(label);
	if (label !== undefined && encoding === undefined) {
		throw new UsageError(
			`--encoding '${label}' is not a known encoding. Write its usual name, such as utf-8, utf-16, windows-1252, iso-8859-15 or shift_jis.`,
		);
	}
	const delimiter = word === undefined ? undefined : delimiterWords[word.toLowerCase()];
	if (word !== undefined && delimiter === undefined) {
		throw new UsageError(`--delimiter '${word}' is not a delimiter: write , or ; or | or tab.`);
	}
	return { ...(encoding ? { encoding } : {}), ...(delimiter ? { delimiter } : {}), ...(sheet ? { sheet } : {}) };
}

/** How a file was read, in words. */
export const describeReading = ({ encoding, delimiter, layout, sheet }: ReadAs): string =>
	[
		...(encoding ? [encoding] : []),
		...(delimiter ? [`CSV with the delimiter '${delimiterName(delimiter)}'`] : []),
		...(layout ? [layout === 'member' ? 'the list in an object' : 'JSON over any lines'] : []),
		...(sheet === undefined ? [] : [`the sheet '${sheet}'`]),
	].join(', ');
