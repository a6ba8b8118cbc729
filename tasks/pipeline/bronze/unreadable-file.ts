import { DataRefusedError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import type { SourceFile } from './find-files';

/** A file can't be read at all. */
export class UnreadableFileError extends DataRefusedError {
	constructor(
		location: string,
		/** What is wrong with the file and how to fix it: a sentence without its subject and its full stop. */
		readonly why: string,
	) {
		super(printable(`${location} ${why}. The batch is not published.`));
	}
}

/** The error for a file that can't be read. */
export const unreadableFile = (file: Pick<SourceFile, 'location'>, why: string): UnreadableFileError =>
	new UnreadableFileError(file.location, why);
