import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import { streamNames } from '../contracts/streams';
import { S3Store } from '../lake/s3-store';
import { metricNamespace, oldestUnsealed } from '../operations/alerts/metric-namespace';
import { inFunction, requestSettings } from '../platform/aws/request-settings';
import { measureOldestUnsealed } from '../streams/seal/sealed-mark';
import { withLog } from './function-log';

let clients: { readonly s3: S3Client; readonly cloudwatch: CloudWatchClient } | undefined;

/** Writes the metric `OldestUnsealed`: for how many hours the oldest delivered object of `BUCKET_NAME` has not been sealed. */
export const handler = withLog(async (_: unknown, log) => {
	const bucket = process.env.BUCKET_NAME;
	if (!bucket) throw new TypeError('BUCKET_NAME is not set: set it to the bucket of the lake.');
	const settings = requestSettings(inFunction);
	// A local endpoint has no host name for each bucket.
	const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined;
	clients ??= { s3: new S3Client({ ...settings, forcePathStyle }), cloudwatch: new CloudWatchClient(settings) };
	const store = new S3Store(clients.s3, bucket);
	const now = new Date();
	const ages = await Promise.all(streamNames.map((stream) => measureOldestUnsealed(store, stream, now)));
	const hours = Math.max(...ages) / 3_600_000;
	log.info('Oldest delivered object that is not sealed', { hours });
	const MetricData = [{ MetricName: oldestUnsealed, Value: hours, Timestamp: now }];
	await clients.cloudwatch.send(new PutMetricDataCommand({ Namespace: metricNamespace, MetricData }));
	return { hours };
});
