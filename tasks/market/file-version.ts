import { createHash } from 'node:crypto';
import { isoSecond } from '../generate/quotes/minute';

/** Which write of an object it is. */
export interface FileVersion {
	readonly bucket: string;
	readonly key: string;
	/** When S3 took it, to the second. */
	readonly lastModified: Date;
	/** The hexadecimal number by which S3 orders the writes of one key; undefined where an event has none. */
	readonly sequencer: string | undefined;
}

/** Longer than any that S3 has sent; the shorter one is filled with zeros on the right before two are compared. */
const sequencerLength = 32;

/**
 * A text by which versions of files compare: the one that S3 took later is greater. Within one second it is that of the
 * same key that was written later, and of two keys always the same one, whichever that is: nobody knows the order of
 * their writes, but every consumer has to decide alike.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html on `sequencer`
 */
export function fileVersion({ bucket, key, lastModified, sequencer = '' }: FileVersion): string {
	const name = createHash('sha256').update(`${bucket}/${key}`).digest('hex').slice(0, 12);
	return `${isoSecond(lastModified.getTime())} ${name} ${sequencer.toUpperCase().padEnd(sequencerLength, '0')}`;
}
