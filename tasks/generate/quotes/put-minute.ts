import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../platform/concurrency';
import { formatCsv, makeQuotes } from './make-quotes';
import { formatSecond, quoteFileKey } from './minute';
import { stocks } from './tickers';

/** What a minute of quotes came to. */
export interface PutMinute {
	/** When it began, as `2026-11-20T09:31:00Z`. */
	readonly minute: string;
	readonly files: number;
	readonly rows: number;
	readonly bytes: number;
}

const parallelPuts = 10;

/** Writes the fifty files of a minute; written again they are the same, byte by byte, under the same keys. */
export async function putMinute(s3: Pick<S3Client, 'send'>, bucket: string, minute: number): Promise<PutMinute> {
	const sizes = await mapConcurrently(stocks, parallelPuts, async (stock) => {
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
