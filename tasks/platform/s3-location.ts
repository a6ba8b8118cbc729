import { UsageError } from './errors';

/** A location in S3. */
export interface S3Location {
	readonly bucket: string;
	/** A key or a prefix; empty for the whole bucket. */
	readonly key: string;
}

const scheme = 's3://';

/** Whether a text is an S3 location rather than a local path. */
export const isS3Location = (text: string): boolean => text.startsWith(scheme);

/**
 * The bucket and the key of `s3://bucket/key`, verbatim: a key may hold `#`, `?`, `%` and blanks. Throws UsageError, which
 * names the flag, if there is no bucket.
 */
export function parseS3Location(text: string, flag: string): S3Location {
	const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
	if (bucket === undefined) throw new UsageError(`${flag} ${text}: give a bucket, as in s3://bucket/prefix.`);
	return { bucket, key };
}
