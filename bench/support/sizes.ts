import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { head as headSchema, tableManifest } from '../../tasks/lake';

/** Bytes, rows and object counts in a lake, by what they measure. */
export type Sizes = Readonly<Record<string, number>>;

/** Tables that grow with the history, not with the size of a day. */
const cumulative = ['gold_customer_value', 'keys_orders'];

/** Measures the newest head of a lake and everything that it names. */
export async function readSizes(s3: S3Client, bucket: string): Promise<Sizes> {
	const text = async (Key: string) => {
		const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
		return (await Body?.transformToString()) ?? '';
	};
	const heads = await listKeys(s3, bucket, '_heads/');
	const headText = await text(heads.at(-1) as string);
	const head = headSchema.parse(JSON.parse(headText));
	const sizes: Record<string, number> = {
		'heads: objects': heads.length,
		'newest head: bytes': headText.length,
		'ledger: bytes': head.ledger === null ? 0 : (await text(head.ledger)).length,
	};
	let all = 0;
	for (const [name, key] of Object.entries(head.tables)) {
		const manifestText = await text(key);
		all += manifestText.length;
		sizes[`manifest of ${name}: bytes`] = manifestText.length;
		if (!cumulative.includes(name)) continue;
		const entries = Object.values(tableManifest.parse(JSON.parse(manifestText)).partitions);
		const files = entries.flatMap((entry) => entry.files);
		sizes[`${name}: files`] = files.length;
		sizes[`${name}: rows`] = entries.reduce((sum, { rows }) => sum + rows, 0);
		sizes[`${name}: bytes`] = files.reduce((sum, { bytes }) => sum + bytes, 0);
	}
	sizes['all manifests: bytes'] = all;
	sizes['all objects: number'] = (await listKeys(s3, bucket, '')).length;
	return sizes;
}

async function listKeys(s3: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
	const keys: string[] = [];
	let ContinuationToken: string | undefined;
	do {
		const page = await s3.send(
			new ListObjectsV2Command({ Bucket, Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) }),
		);
		for (const { Key } of page.Contents ?? []) if (Key) keys.push(Key);
		ContinuationToken = page.NextContinuationToken;
	} while (ContinuationToken);
	return keys;
}
