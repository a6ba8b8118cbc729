import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { ConfigurationError, InternalError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import { backOff, type Retries } from '../../platform/retry';
import type { Sized } from './batcher';

/** A Firehose delivery stream, and how persistently to put records into it. */
export interface DeliveryStream {
	readonly firehose: Pick<FirehoseClient, 'send'>;
	readonly stream: string;
	/** `tries`: consecutive requests that deliver nothing, after which the batch is given up. */
	readonly retryBudget: Pick<Retries, 'tries' | 'firstMs' | 'longestMs'>;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	/** Once it is aborted nothing is retried. */
	readonly signal: AbortSignal;
	/** Called after each request. */
	readonly onResult?: (result: PutResult) => void;
}

/** The result of one request. */
export interface PutResult {
	readonly taken: number;
	readonly left: number;
	/** Why records are left, in Firehose's own words. */
	readonly reason: string | undefined;
	/** AWS's id of the request; undefined if it was not answered. */
	readonly requestId: string | undefined;
}

/**
 * Sends a batch, then retries the records that Firehose did not take, and only those, until all are taken. Returns the
 * records that are left when it gives up. A request whose response is lost is sent again: delivery is at least once.
 * Throws ConfigurationError if there is no such stream.
 */
export async function putRecords<R extends Sized>(
	delivery: DeliveryStream,
	batch: readonly R[],
): Promise<readonly R[]> {
	const { retryBudget, random, signal } = delivery;
	let left = batch;
	for (let fruitless = 0; ; ) {
		const { refused, reason, requestId } = await putOnce(delivery, left);
		const taken = left.length - refused.length;
		delivery.onResult?.({ taken, left: refused.length, reason, requestId });
		left = refused;
		if (left.length === 0) return left;
		fruitless = taken > 0 ? 0 : fruitless + 1;
		if (fruitless >= retryBudget.tries || signal.aborted) return left;
		await backOff({ ...retryBudget, random, signal }, fruitless + 1).catch(() => undefined);
		if (signal.aborted) return left;
	}
}

interface Attempt<R> extends Pick<PutResult, 'reason' | 'requestId'> {
	readonly refused: readonly R[];
}

async function putOnce<R extends Sized>(
	{ firehose, stream }: DeliveryStream,
	batch: readonly R[],
): Promise<Attempt<R>> {
	try {
		const {
			FailedPutCount = 0,
			RequestResponses = [],
			$metadata: { requestId },
		} = await firehose.send(
			new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: batch.map(({ data }) => ({ Data: data })) }),
		);
		if (FailedPutCount === 0) return { refused: [], reason: undefined, requestId };
		const failed = RequestResponses.map(({ ErrorCode }) => ErrorCode).filter((code) => code !== undefined);
		if (RequestResponses.length !== batch.length || failed.length !== FailedPutCount) {
			throw new InternalError(
				`Firehose reports that ${FailedPutCount} of ${batch.length} records failed, but names ${failed.length} of ${RequestResponses.length}: which ones to retry is unknown.`,
			);
		}
		return {
			refused: batch.filter((_, index) => RequestResponses[index]?.ErrorCode !== undefined),
			reason: failed[0],
			requestId,
		};
	} catch (error) {
		const { name, message, $metadata } = error as Error & { $metadata?: { requestId?: string } };
		if (name === 'ResourceNotFoundException') {
			throw new ConfigurationError(
				`Firehose has no delivery stream ${stream} here. Deploy it, or name another by --stream-name.`,
				{ cause: error },
			);
		}
		if (!isRetryable(error)) throw error;
		const reason = message === '' ? name : `${name}: ${message}`;
		return { refused: batch, reason, requestId: $metadata?.requestId };
	}
}
