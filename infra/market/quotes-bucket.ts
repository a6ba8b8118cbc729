import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { announceObjects, closedBucket } from '../storage/lake-storage';

/** Adds the bucket of stock quotes to a construct; S3 announces each file under `stocks/` in the queue. */
export function createQuotesBucket(scope: Construct, queue: Queue): Bucket {
	const bucket = new Bucket(scope, 'Bucket', {
		...closedBucket,
		// A message refers to one version of a file, which is read even if a newer one has replaced it.
		versioned: true,
		removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
		lifecycleRules: [
			{
				id: 'expire-quotes',
				prefix: 'stocks/',
				expiration: Duration.days(30),
				noncurrentVersionExpiration: Duration.days(15),
			},
			{
				id: 'expire-rejected',
				prefix: 'rejected/',
				expiration: Duration.days(90),
				noncurrentVersionExpiration: Duration.days(1),
			},
			{ id: 'expire-deleted-objects', expiredObjectDeleteMarker: true },
			{ id: 'abort-incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
		],
	});
	const announcement = announceObjects(bucket, queue, { prefix: 'stocks/', suffix: '.csv' });
	(bucket.node.defaultChild as CfnBucket).notificationConfiguration = { queueConfigurations: [announcement] };
	Validations.of(bucket).acknowledge({
		id: 'AwsSolutions-S1',
		reason:
			'Server access logs would be more objects than the quotes; the account’s CloudTrail data events can record who read what.',
	});
	return bucket;
}
