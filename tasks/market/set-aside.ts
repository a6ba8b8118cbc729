import type { Announced } from './announcements';
import type { BadRow } from './check-row';

/** Where it is kept what is wrong with files, beside the files themselves. */
export const rejectedPrefix = 'rejected/';

/** What is wrong with one content of a file. */
export interface Report {
	/** `s3://bucket/key`. */
	readonly file: string;
	readonly etag: string;
	/** Why nothing could be read of it; undefined where it is a matter of single rows. */
	readonly poison?: string | undefined;
	readonly rows: readonly BadRow[];
}

/** The key of a report: that of the file and its content's ETag, so that a message that comes again writes it again. */
export const reportKey = (key: string, etag: string): string => `${rejectedPrefix}${key}/${etag}.json`;

/** A report as an object of S3: JSON that a person can read. */
export function buildReport({ bucket, key }: Announced, report: Omit<Report, 'file'>): { Key: string; Body: string } {
	const whole: Report = { file: `s3://${bucket}/${key}`, ...report };
	return { Key: reportKey(key, report.etag), Body: `${JSON.stringify(whole, null, '\t')}\n` };
}
