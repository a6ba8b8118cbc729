import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../platform/concurrency';
import { formatCsv, makeQuotes } from './make-quotes';
import { formatSecond, quoteFileKey } from './minute';
import { stocks } from './tickers';

/** The totals of a written minute. */
export interface WrittenMinute {
	/** Its start, as `2026-11-20T09:31:00Z`. */
	readonly minute: string;
	readonly files: number;
	readonly rows: number;
	readonly bytes: number;
}

const parallelPuts = 10;

/**
 * Writes the files of a minute, of the first `count` stocks; repeating it writes the same bytes under the same keys.
 */
export async function putMinute(
	s3: Pick<S3Client, 'send'>,
	bucket: string,
	{ minute, count }: { readonly minute: number; readonly count: number },
): Promise<WrittenMinute> {
	const sizes = await mapConcurrently(stocks.slice(0, count), parallelPuts, async (stock) => {
		const quotes = makeQuotes(stock, minute);
		const Body = formatCsv(quotes);
		await s3.send(
			new PutObjectCommand({ Bucket: bucket, Key: quoteFileKey(minute, stock.ticker), Body, ContentType: 'text/csv' }),
		);
		return { rows: quotes.length, bytes: Buffer.byteLength(Body) };
	});
	return {
		minute: formatSecond(minute, 0),
		files: sizes.length,
		rows: sizes.reduce((sum, { rows }) => sum + rows, 0),
		bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
	};
}
