import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { readBody } from '../platform/aws/object-body';
import type { Announced } from './announcements';
import { longestFile, tooLong } from './read-quotes';

/** A version of a file as S3 has it. */
export interface Fetched {
	readonly content: Uint8Array;
	/** Of the content; without quotes. */
	readonly etag: string;
	readonly lastModified: Date;
}

/** The announced version of a file; undefined where it is deleted. Throws PoisonFileError where it is too long to read. */
export async function fetchFile(
	s3: Pick<S3Client, 'send'>,
	{ bucket, key, versionId }: Announced,
	signal?: AbortSignal,
): Promise<Fetched | undefined> {
	const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId ? { VersionId: versionId } : {}) });
	try {
		const { answer, bytes } = await readBody(`s3://${bucket}/${key}`, async () => {
			const found = await s3.send(command, signal ? { abortSignal: signal } : {});
			const { Body, ContentLength = 0 } = found;
			if (ContentLength <= longestFile) return found;
			(Body as { destroy?: () => void } | undefined)?.destroy?.();
			throw tooLong(ContentLength);
		});
		const { Body, ETag = '', LastModified } = answer;
		if (!Body || !LastModified) throw new TypeError(`S3 answers without the content of s3://${bucket}/${key}`);
		return { content: bytes, etag: ETag.replaceAll('"', ''), lastModified: LastModified };
	} catch (error) {
		if (/^(NoSuchKey|NoSuchVersion)$/.test((error as Error).name)) return undefined;
		throw error;
	}
}
