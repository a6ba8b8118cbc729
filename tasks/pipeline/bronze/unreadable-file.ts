import { DataRefusedError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import type { SourceFile } from './find-files';

/** A file can't be read at all. */
export class UnreadableFileError extends DataRefusedError {
	constructor(
		location: string,
		/** What is wrong with it, and what to do: a sentence about it without its name and its end. */
		readonly why: string,
	) {
		super(printable(`${location} ${why}. The batch is not published.`));
	}
}

/** The error for a file that can't be read. */
export const refused = (file: Pick<SourceFile, 'location'>, why: string): UnreadableFileError =>
	new UnreadableFileError(file.location, why);
