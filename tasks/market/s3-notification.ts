import { DataRefusedError } from '../platform/errors';

/** An object that was created or overwritten, as an S3 event describes it. */
export interface CreatedObject {
	readonly bucket: string;
	readonly key: string;
	/** Undefined if the bucket isn't versioned. */
	readonly versionId: string | undefined;
	readonly sequencer: string | undefined;
	/** Without quotation marks. */
	readonly etag: string | undefined;
}

/** A message that is not an S3 event. */
export class UnrecognisedMessageError extends DataRefusedError {}

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
 * The objects that a message says were created: usually one; none for deletions and in S3's test message. Throws
 * UnrecognisedMessageError if it is not an S3 event.
 */
export function parseNotification(body: string): CreatedObject[] {
	try {
		const event = JSON.parse(body) as Event;
		if (event.Event === 's3:TestEvent') return [];
		if (!event.Records) throw new TypeError('it has no Records');
		return event.Records.filter(({ eventName }) => eventName.replace(/^s3:/, '').startsWith('ObjectCreated:')).map(
			({ s3 }) => ({
				bucket: s3.bucket.name,
				key: decodeKey(s3.object.key),
				versionId: s3.object.versionId,
				sequencer: s3.object.sequencer,
				etag: s3.object.eTag,
			}),
		);
	} catch (error) {
		throw new UnrecognisedMessageError(
			`The message is not an S3 event (${(error as Error).message}): ${body.slice(0, 200)}`,
		);
	}
}

/** Keys in events are encoded as in the query string of a URL. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
