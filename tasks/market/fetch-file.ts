import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { readBody } from '../platform/aws/object-body';
import { maxFileBytes, tooLarge } from './read-quotes';
import type { CreatedObject } from './s3-notification';

/** A version of a file in S3. */
export interface Fetched {
	readonly content: Uint8Array;
	/** Without quotation marks. */
	readonly etag: string;
	readonly lastModified: Date;
}

/** Reads the version of a file; undefined if it is deleted. Throws PoisonFileError if it is too large. */
export async function fetchFile(
	s3: Pick<S3Client, 'send'>,
	{ bucket, key, versionId }: CreatedObject,
	signal?: AbortSignal,
): Promise<Fetched | undefined> {
	const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId ? { VersionId: versionId } : {}) });
	try {
		const { answer, bytes } = await readBody(`s3://${bucket}/${key}`, async () => {
			const found = await s3.send(command, signal ? { abortSignal: signal } : {});
			const { Body, ContentLength = 0 } = found;
			if (ContentLength <= maxFileBytes) return found;
			(Body as { destroy?: () => void } | undefined)?.destroy?.();
			throw tooLarge(ContentLength);
		});
		const { Body, ETag = '', LastModified } = answer;
		if (!Body || !LastModified) throw new TypeError(`S3 responds without the content of s3://${bucket}/${key}`);
		return { content: bytes, etag: ETag.replaceAll('"', ''), lastModified: LastModified };
	} catch (error) {
		if (/^(NoSuchKey|NoSuchVersion)$/.test((error as Error).name)) return undefined;
		throw error;
	}
}
