import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** Creates a bucket and a delivery stream into it, on the AWS of the environment. */
export async function createDeliveryStream(name: string, bucket: string): Promise<void> {
	await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
	const firehose = new FirehoseClient();
	await firehose.send(
		new CreateDeliveryStreamCommand({
			DeliveryStreamName: name,
			DeliveryStreamType: 'DirectPut',
			ExtendedS3DestinationConfiguration: {
				BucketARN: `arn:aws:s3:::${bucket}`,
				RoleARN: 'arn:aws:iam::000000000000:role/firehose',
				Prefix: 'events/',
			},
		}),
	);
	const described = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
	const status = described.DeliveryStreamDescription?.DeliveryStreamStatus;
	if (status !== 'ACTIVE') throw new Error(`the delivery stream is ${status}`);
}
