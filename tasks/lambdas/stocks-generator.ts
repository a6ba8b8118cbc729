import { S3Client } from '@aws-sdk/client-s3';
import { toMinute } from '../generate/quotes/minute';
import { putMinute } from '../generate/quotes/put-minute';
import { stocks } from '../generate/quotes/tickers';
import { inFunction, requestSettings } from '../platform/aws/request-settings';
import { parseInstant } from '../platform/instant';
import { withLog } from './function-log';

/** What an EventBridge rule sends; empty if the function is invoked by hand. */
export interface ScheduledEvent {
	/** When the rule fired, ISO; a retried invocation has the same time. */
	readonly time?: string;
}

let s3: S3Client | undefined;

/**
 * `GeneratorLambda`: writes the quotes of the event's minute to `BUCKET_NAME`; without a time, those of this minute.
 * `STOCK_COUNT` is how many stocks, all by default.
 */
export const handler = withLog(async (event: ScheduledEvent | undefined, log) => {
	const instant = event?.time === undefined ? new Date() : parseInstant("The event's time", event.time);
	const bucket = process.env.BUCKET_NAME;
	if (!bucket) throw new TypeError('BUCKET_NAME is not set: set it to the bucket of the quotes.');
	// A local endpoint has no host name for each bucket.
	s3 ??= new S3Client({ ...requestSettings(inFunction), forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
	const written = await putMinute(s3, bucket, {
		minute: toMinute(instant),
		count: Number(process.env.STOCK_COUNT || stocks.length),
	});
	log.info('Quotes written', { ...written });
	return written;
});
