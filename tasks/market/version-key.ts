import { createHash } from 'node:crypto';
import { isoSecond } from '../generate/quotes/minute';

/** One write of an object. */
export interface WrittenObject {
	readonly bucket: string;
	readonly key: string;
	/** When S3 stored it, to the second. */
	readonly lastModified: Date;
	/** The hexadecimal number by which S3 orders the writes of one key; undefined if the event has none. */
	readonly sequencer: string | undefined;
}

/** Longer than any that S3 has sent. Two sequencers are compared after padding the shorter one with zeros on the right. */
const sequencerLength = 32;

/**
 * A text that orders versions of files: the one that S3 stored later is greater. Within one second, a later write of the
 * same key is greater; between two keys the order is arbitrary but fixed, because every consumer has to decide alike.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html on `sequencer`
 */
export function versionKey({ bucket, key, lastModified, sequencer = '' }: WrittenObject): string {
	const name = createHash('sha256').update(`${bucket}/${key}`).digest('hex').slice(0, 12);
	return `${isoSecond(lastModified.getTime())} ${name} ${sequencer.toUpperCase().padEnd(sequencerLength, '0')}`;
}
