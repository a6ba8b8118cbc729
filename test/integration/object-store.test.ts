import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Store } from '../../tasks/lake/s3-store';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { describeObjectStore } from '../support/object-store-contract';
import type { Server } from '../support/server';

let aws: Server;
beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
});
afterAll(() => aws.stop());

describeObjectStore('a bucket of MiniStack', async () => {
	const s3 = new S3Client({ forcePathStyle: true });
	const bucket = `b-${randomUUID()}`;
	const otherBucket = `${bucket}-other`;
	for (const Bucket of [bucket, otherBucket]) {
		await s3.send(new CreateBucketCommand({ Bucket }));
		await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
	}
	return { store: new S3Store(s3, bucket), other: new S3Store(s3, otherBucket), otherBucket };
});
