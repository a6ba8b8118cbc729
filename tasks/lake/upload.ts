import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { withRetries } from '../platform/retry';

/** Files up to this size, in bytes, are one request. */
const largestSingle = 16 * 1024 ** 2;
/** Bytes of a part, unless S3's limit of 10,000 parts asks for larger ones. */
const partBytes = 8 * 1024 ** 2;
const maxParts = 10_000;
/** Parts of a file in flight, each in memory, so that the SDK can send it again: 16 MiB, as much as a single request takes. */
const parallelParts = 2;
/** A completion whose answer was lost is refused when the SDK sends it again: the parts are the object by then. */
const restart = {
	tries: 2,
	firstMs: 200,
	longestMs: 200,
	mayPass: (error: unknown) => error instanceof S3ServiceException && error.name === 'NoSuchUpload',
} as const;

/** Copies a local file into an object of S3, in parts if it is large; an upload that fails leaves none. Returns its bytes. */
export async function uploadFile(
	s3: S3Client,
	path: string,
	object: { readonly Bucket: string; readonly Key: string },
): Promise<number> {
	const { size } = await stat(path);
	if (size <= largestSingle) {
		await s3.send(new PutObjectCommand({ ...object, Body: await readFile(path), ContentLength: size }));
	} else {
		await withRetries(restart, () => uploadParts(s3, path, size, object));
	}
	return size;
}

async function uploadParts(
	client: S3Client,
	path: string,
	size: number,
	object: { readonly Bucket: string; readonly Key: string },
): Promise<void> {
	// Only here: most tasks, and every function, send small objects only.
	const { Upload } = await import('@aws-sdk/lib-storage');
	const Body = createReadStream(path, { highWaterMark: 1024 ** 2 });
	const partSize = Math.max(partBytes, Math.ceil(size / maxParts));
	const upload = new Upload({
		client,
		params: { ...object, Body, ContentLength: size },
		partSize,
		queueSize: parallelParts,
	});
	await upload.done().finally(() => Body.destroy());
}
