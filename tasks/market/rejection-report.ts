import type { CreatedObject } from './s3-notification';
import type { RejectedRow } from './validate-row';

/** The prefix of rejection reports, in the bucket of the files. */
export const rejectedPrefix = 'rejected/';

/** What is wrong with one version of a file. */
export interface RejectionReport {
	/** `s3://bucket/key`. */
	readonly file: string;
	readonly etag: string;
	/** Why the file can't be read; undefined if only single rows are rejected. */
	readonly poison?: string | undefined;
	readonly rows: readonly RejectedRow[];
}

/** The key of a report: the file's key and ETag, so that a message delivered again overwrites it. */
export const reportKey = (key: string, etag: string): string => `${rejectedPrefix}${key}/${etag}.json`;

/** A report as an S3 object: JSON that people can read. */
export function buildReport(
	{ bucket, key }: CreatedObject,
	report: Omit<RejectionReport, 'file'>,
): { Key: string; Body: string } {
	const whole: RejectionReport = { file: `s3://${bucket}/${key}`, ...report };
	return { Key: reportKey(key, report.etag), Body: `${JSON.stringify(whole, null, '\t')}\n` };
}
