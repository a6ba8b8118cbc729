import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../tasks/shared/concurrency';

/** Makes a bucket and a delivery stream into it, on the AWS that the environment names. */
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

/** Every line that has been delivered into a bucket, in any order. */
export async function deliveredLines(bucket: string): Promise<string[]> {
	const s3 = new S3Client({ forcePathStyle: true });
	const keys: string[] = [];
	for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket }))
		keys.push(...Contents.map(({ Key = '' }) => Key));
	const texts = await mapConcurrently(keys, 16, async (Key) => {
		const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
		return (await Body?.transformToString()) ?? '';
	});
	return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}
