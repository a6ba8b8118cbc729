import { setTimeout as sleep } from 'node:timers/promises';
import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { ConfigurationError, InternalError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import type { Sized } from './batcher';

/** A delivery stream, and how long to insist. */
export interface Delivery {
	readonly firehose: Pick<FirehoseClient, 'send'>;
	readonly stream: string;
	/** Tries in a row in which not one record is taken, after which the batch is given up. */
	readonly tries: number;
	/** Waits before the next try: at random up to `firstMs`, doubled each time, but at most `longestMs`. */
	readonly firstMs: number;
	readonly longestMs: number;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	/** Once it is aborted nothing is sent again. */
	readonly signal: AbortSignal;
	/** Told after each request how it went. */
	readonly answered?: (answer: Answer) => void;
}

/** How one request went. */
export interface Answer {
	readonly taken: number;
	readonly left: number;
	/** Why records are left, in Firehose's own words. */
	readonly why: string | undefined;
}

/**
 * Sends a batch, then again the records that Firehose did not take, and only those, until all are taken. Returns the ones
 * that are left where it gave up. A request whose answer is lost is sent again: a record arrives at least once.
 * Throws ConfigurationError where there is no such stream.
 */
export async function putRecords<R extends Sized>(delivery: Delivery, batch: readonly R[]): Promise<readonly R[]> {
	const { tries, firstMs, longestMs, random, signal } = delivery;
	let left = batch;
	for (let fruitless = 0; ; ) {
		const { refused, why } = await putOnce(delivery, left);
		const taken = left.length - refused.length;
		delivery.answered?.({ taken, left: refused.length, why });
		left = refused;
		if (left.length === 0) return left;
		fruitless = taken > 0 ? 0 : fruitless + 1;
		if (fruitless >= tries || signal.aborted) return left;
		await sleep(random() * Math.min(longestMs, firstMs * 2 ** fruitless), undefined, { signal }).catch(() => undefined);
		if (signal.aborted) return left;
	}
}

interface Attempt<R> {
	readonly refused: readonly R[];
	readonly why: string | undefined;
}

async function putOnce<R extends Sized>({ firehose, stream }: Delivery, batch: readonly R[]): Promise<Attempt<R>> {
	try {
		const { FailedPutCount = 0, RequestResponses = [] } = await firehose.send(
			new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: batch.map(({ data }) => ({ Data: data })) }),
		);
		if (FailedPutCount === 0) return { refused: [], why: undefined };
		const failed = RequestResponses.map(({ ErrorCode }) => ErrorCode).filter((code) => code !== undefined);
		if (RequestResponses.length !== batch.length || failed.length !== FailedPutCount) {
			throw new InternalError(
				`Firehose says that ${FailedPutCount} of ${batch.length} records failed and names ${failed.length} of ${RequestResponses.length}: nobody can tell which to send again.`,
			);
		}
		return {
			refused: batch.filter((_, place) => RequestResponses[place]?.ErrorCode !== undefined),
			why: failed[0],
		};
	} catch (error) {
		const { name, message } = error as Error;
		if (name === 'ResourceNotFoundException') {
			throw new ConfigurationError(
				`Firehose has no delivery stream ${stream} here. Deploy it, or name another by --stream-name.`,
			);
		}
		if (!isRetryable(error)) throw error;
		return { refused: batch, why: message === '' ? name : `${name}: ${message}` };
	}
}
