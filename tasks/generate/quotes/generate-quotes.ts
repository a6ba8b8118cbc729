import type { TaskContext } from '../../context';
import { ConfigurationError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { formatSecond, quoteFileKey } from './minute';
import { putMinute } from './put-minute';
import { stocks } from './tickers';

export interface GenerateQuotesOptions {
	readonly bucket: string;
	/** The first minute, in minutes since 1970. */
	readonly minute: number;
	/** How many minutes. */
	readonly minutes: number;
	/** How many of the stocks, the first ones by ticker. */
	readonly count: number;
	readonly dryRun: boolean;
}

/** Writes the files of consecutive minutes, each as `GeneratorLambda` does. */
export async function generateQuotes(
	context: TaskContext,
	{ bucket, minute, minutes, count, dryRun }: GenerateQuotesOptions,
): Promise<Outcome> {
	const [from, to] = [formatSecond(minute, 0), formatSecond(minute + minutes - 1, 0)];
	const planned = { bucket, from, to, files: minutes * Math.min(count, stocks.length) };
	if (dryRun) return { status: 'planned', ...planned, example: quoteFileKey(minute, stocks[0]?.ticker ?? '') };
	const s3 = await context.aws.s3();
	let [rows, bytes] = [0, 0];
	for (let next = 0; next < minutes; next++) {
		context.signal.throwIfAborted();
		const put = await putMinute(s3, bucket, { minute: minute + next, count }).catch(missingBucket(bucket));
		rows += put.rows;
		bytes += put.bytes;
		context.progress.update('minutes written', next + 1, minutes);
	}
	context.progress.clear();
	return { status: 'published', ...planned, rows, bytes_out: bytes };
}

const missingBucket = (bucket: string) => (error: Error) => {
	if (error.name !== 'NoSuchBucket') throw error;
	throw new ConfigurationError(
		`S3 has no bucket ${bucket} here. Deploy the stack, or name the bucket of the quotes by SHOPLAKE_STOCKS_BUCKET.`,
	);
};
