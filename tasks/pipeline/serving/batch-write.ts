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
import type { ItemWrite } from './item-writes';
import { explainKpiTableError } from './table-errors';

/** Items that DynamoDB takes in one BatchWriteItem. */
const batchLimit = 25;
const parallelBatches = 4;
/** Waits before each retry of a batch: at random up to 50 ms, 100 ms, 200 ms …, at most 5 s; half a minute in all. */
const backoff = { firstMs: 50, longestMs: 5000, tries: 12 };

export interface BatchWriter {
	readonly dynamodb: Pick<DynamoDBClient, 'send'>;
	/** The tables' names. */
	readonly tables: Readonly<Record<string, string>>;
	/** What to do where one of the tables is missing; see ServingSet. */
	readonly hint?: string;
	/** Called with the write units that DynamoDB consumed. */
	readonly consumed: (units: number) => void;
	/** Called with the number of items written so far. */
	readonly wrote: (items: number) => void;
	/** Called before each request; throws where the writer must stop. */
	readonly guard: () => void;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	readonly signal: AbortSignal;
}

/**
 * Writes all items and deletions, in batches, several at a time. Retries what is unprocessed or throttled after a random
 * wait that doubles. Throws TryAgainError when DynamoDB keeps refusing, and the signal's reason when that is aborted; by
 * then no request is under way.
 */
export async function batchWrite(writer: BatchWriter, writes: readonly ItemWrite[]): Promise<void> {
	const batches = Array.from({ length: Math.ceil(writes.length / batchLimit) }, (_, index) =>
		writes.slice(index * batchLimit, (index + 1) * batchLimit),
	);
	let written = 0;
	const write = async (batch: readonly ItemWrite[]) => {
		await writeBatch(writer, buildRequests(writer, batch));
		written += batch.length;
		writer.wrote(written);
	};
	await mapConcurrently(batches, parallelBatches, write, writer.signal);
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
		`DynamoDB table ${table} still refuses ${items?.length} items after ${backoff.tries} tries: its write capacity is used up. Run the same command again later; it resumes where this one stopped.`,
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
		throw explainKpiTableError(error, Object.keys(RequestItems), writer.hint);
	}
	for (const { CapacityUnits = 0 } of output.ConsumedCapacity ?? []) writer.consumed(CapacityUnits);
	return output.UnprocessedItems ?? {};
}

const throttling = /^(ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded)(Exception)?$/;

function buildRequests({ tables }: BatchWriter, writes: readonly ItemWrite[]): Record<string, WriteRequest[]> {
	const requests: Record<string, WriteRequest[]> = {};
	for (const write of writes) {
		const request = 'put' in write ? { PutRequest: { Item: write.put } } : { DeleteRequest: { Key: write.remove } };
		const table = tables[write.target] ?? write.target;
		requests[table] = [...(requests[table] ?? []), request];
	}
	return requests;
}
