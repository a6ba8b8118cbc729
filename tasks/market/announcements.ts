import { DataRefusedError } from '../platform/errors';

/** A write of an object, as S3 tells of it. */
export interface Announced {
	readonly bucket: string;
	readonly key: string;
	/** Undefined where the bucket keeps no versions. */
	readonly versionId: string | undefined;
	readonly sequencer: string | undefined;
	/** Of the content; without quotes. */
	readonly etag: string | undefined;
}

/** A message that is no event of S3. */
export class ForeignMessageError extends DataRefusedError {}

interface Event {
	readonly Event?: string;
	readonly Records?: readonly {
		readonly eventName: string;
		readonly s3: {
			readonly bucket: { readonly name: string };
			readonly object: {
				readonly key: string;
				readonly versionId?: string;
				readonly sequencer?: string;
				readonly eTag?: string;
			};
		};
	}[];
}

/**
 * The writes that a message tells of: usually one; none in the message by which S3 tries the queue, and none for
 * deletions. Throws ForeignMessageError where it is not from S3.
 */
export function announcedIn(body: string): Announced[] {
	try {
		const event = JSON.parse(body) as Event;
		if (event.Event === 's3:TestEvent') return [];
		if (!event.Records) throw new TypeError('it has no Records');
		return event.Records.filter(({ eventName }) => eventName.replace(/^s3:/, '').startsWith('ObjectCreated:')).map(
			({ s3 }) => ({
				bucket: s3.bucket.name,
				key: decoded(s3.object.key),
				versionId: s3.object.versionId,
				sequencer: s3.object.sequencer,
				etag: s3.object.eTag,
			}),
		);
	} catch (error) {
		throw new ForeignMessageError(`The message is no event of S3 (${(error as Error).message}): ${body.slice(0, 200)}`);
	}
}

/** A key stands in an event as in the query of a URL. */
const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
