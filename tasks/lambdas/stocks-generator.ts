import { S3Client } from '@aws-sdk/client-s3';
import { toMinute } from '../generate/quotes/minute';
import { type PutMinute, putMinute } from '../generate/quotes/put-minute';
import { inFunction, requestSettings } from '../platform/aws/request-settings';
import { parseInstant } from '../platform/instant';

/** What a rule of EventBridge sends; nothing where somebody invokes the function by hand. */
export interface ScheduledEvent {
	/** When the rule went off, ISO; the same when the invocation is tried again. */
	readonly time?: string;
}

let s3: S3Client | undefined;

/** `GeneratorLambda`: writes the quotes of the event's minute into `BUCKET_NAME`; without a time, those of this minute. */
export async function handler({ time }: ScheduledEvent = {}): Promise<PutMinute> {
	const instant = time === undefined ? new Date() : parseInstant("The event's time", time);
	const bucket = process.env.BUCKET_NAME;
	if (!bucket) throw new TypeError('BUCKET_NAME is not set: the function has to know where the quotes go.');
	// A local endpoint has no host name for each bucket.
	s3 ??= new S3Client({ ...requestSettings(inFunction), forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
	const put = await putMinute(s3, bucket, toMinute(instant));
	console.log(JSON.stringify({ level: 'info', message: 'Written', ...put }));
	return put;
}
