import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../tasks/platform/concurrency';

/** The keys of a bucket's objects under a prefix, on the AWS of the environment. */
export async function deliveredKeys(bucket: string, prefix = ''): Promise<string[]> {
	const s3 = new S3Client({ forcePathStyle: true });
	const keys: string[] = [];
	for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
		keys.push(...Contents.map(({ Key = '' }) => Key));
	}
	return keys;
}

/** Every line of a bucket's objects under a prefix, in any order, on the AWS of the environment. */
export async function deliveredLines(bucket: string, prefix = ''): Promise<string[]> {
	const s3 = new S3Client({ forcePathStyle: true });
	const keys = await deliveredKeys(bucket, prefix);
	const texts = await mapConcurrently(keys, 16, async (Key) => {
		const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
		return (await Body?.transformToString()) ?? '';
	});
	return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}
