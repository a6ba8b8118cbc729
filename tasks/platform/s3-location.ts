import { UsageError } from './errors';

/** A place in S3. */
export interface S3Location {
	readonly bucket: string;
	/** A key, or the beginning of keys; empty for the whole bucket. */
	readonly key: string;
}

const scheme = 's3://';

/** Whether a text names a place in S3 rather than a path of this machine. */
export const isS3Location = (text: string): boolean => text.startsWith(scheme);

/**
 * The bucket and the key of `s3://bucket/key`, as they are written: a key may hold `#`, `?`, `%` and blanks. Throws
 * UsageError, which names the flag, where there is no bucket.
 */
export function parseS3Location(text: string, flag: string): S3Location {
	const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
	if (bucket === undefined) throw new UsageError(`${flag} ${text}: give a bucket, as in s3://bucket/prefix.`);
	return { bucket, key };
}
