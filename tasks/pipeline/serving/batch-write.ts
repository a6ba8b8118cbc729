import {
	BatchWriteItemCommand,
	type BatchWriteItemCommandOutput,
	type DynamoDBClient,
	DynamoDBServiceException,
	type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { mapConcurrently } from '../../platform/concurrency';
import { TryAgainError } from '../../platform/errors';
import { backOff } from '../../platform/retry';
import type { Target, Write } from './items';
import { explained } from './no-table';

/** DynamoDB takes at most so many items in one BatchWriteItem. */
const batchLimit = 25;
const parallelBatches = 4;
/** Waits before the tries of one batch: at random up to 50 ms, 100 ms, 200 ms … but at most 5 s each; half a minute in all. */
const backoff = { firstMs: 50, longestMs: 5000, tries: 12 };

export interface BatchWriter {
	readonly dynamodb: Pick<DynamoDBClient, 'send'>;
	/** The tables' names. */
	readonly tables: Readonly<Record<Target, string>>;
	/** Told the write units that DynamoDB consumed. */
	readonly consumed: (units: number) => void;
	/** Told how many items have been written so far. */
	readonly wrote: (items: number) => void;
	/** Called before each request; throws where the writer may write no more. */
	readonly guard: () => void;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	readonly signal: AbortSignal;
}

/**
 * Writes all items and deletions, in batches, several at a time. What comes back unprocessed or throttled is sent again
 * after a random wait that doubles. Throws TryAgainError when DynamoDB keeps refusing, and the signal's reason when that is
 * aborted; by then no request is under way.
 */
export async function batchWrite(writer: BatchWriter, writes: readonly Write[]): Promise<void> {
	const batches = Array.from({ length: Math.ceil(writes.length / batchLimit) }, (_, index) =>
		writes.slice(index * batchLimit, (index + 1) * batchLimit),
	);
	let written = 0;
	let failure: { readonly error: unknown } | undefined;
	await mapConcurrently(batches, parallelBatches, async (batch) => {
		if (failure) return;
		try {
			await writeBatch(writer, buildRequests(writer, batch));
		} catch (error) {
			failure ??= { error };
			return;
		}
		written += batch.length;
		writer.wrote(written);
	});
	if (failure) throw failure.error;
}

async function writeBatch(writer: BatchWriter, requests: Record<string, WriteRequest[]>): Promise<void> {
	let pending = requests;
	for (let attempt = 1; attempt <= backoff.tries; attempt++) {
		pending = await send(writer, pending);
		if (Object.keys(pending).length === 0) return;
		await backOff({ ...backoff, random: writer.random, signal: writer.signal }, attempt);
	}
	const [table, items] = Object.entries(pending)[0] ?? [];
	throw new TryAgainError(
		`DynamoDB table ${table} still refuses ${items?.length} items after ${backoff.tries} tries: its write capacity is used up. Run the same command again later; it takes up where this one stopped.`,
	);
}

/** Sends one request; returns what DynamoDB did not process. */
async function send(writer: BatchWriter, RequestItems: Record<string, WriteRequest[]>): Promise<typeof RequestItems> {
	writer.signal.throwIfAborted();
	writer.guard();
	let output: BatchWriteItemCommandOutput;
	try {
		output = await writer.dynamodb.send(new BatchWriteItemCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' }));
	} catch (error) {
		if (error instanceof DynamoDBServiceException && throttling.test(error.name)) return RequestItems;
		throw explained(error, Object.keys(RequestItems));
	}
	for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) writer.consumed(CapacityUnits);
	return output.UnprocessedItems ?? {};
}

const throttling = /^(ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded)(Exception)?$/;

function buildRequests({ tables }: BatchWriter, writes: readonly Write[]): Record<string, WriteRequest[]> {
	const requests: Record<string, WriteRequest[]> = {};
	for (const write of writes) {
		const request = 'put' in write ? { PutRequest: { Item: write.put } } : { DeleteRequest: { Key: write.remove } };
		const list = requests[tables[write.target]] ?? [];
		requests[tables[write.target]] = [...list, request];
	}
	return requests;
}
