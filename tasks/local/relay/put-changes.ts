import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { backOff } from '../../platform/retry';
import type { PipeRecord } from './pipe-record';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
export const kinesisLimits = { recordsOfBatch: 500, bytesOfBatch: 5 * 1024 ** 2 } as const;

/** Waits before the next try: random, up to 0.1 s, 0.2 s, … 5 s. */
const waits = { firstMs: 100, longestMs: 5000 } as const;

export interface KinesisTarget {
	readonly kinesis: Pick<KinesisClient, 'send'>;
	readonly stream: string;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	readonly signal: AbortSignal;
}

/**
 * Puts records into a Kinesis stream at least once each, those of one item in their order: a refused record is retried
 * together with all later ones of the same item, until all are taken. False if a signal ends it before.
 */
export async function putChanges(target: KinesisTarget, records: readonly PipeRecord[]): Promise<boolean> {
	const { random, signal } = target;
	for (const batch of splitBatches(records)) {
		let left = batch;
		for (let attempt = 0; left.length > 0; attempt++) {
			if (attempt > 0) await backOff({ ...waits, random, signal }, attempt).catch(() => undefined);
			if (signal.aborted) return false;
			left = await putOnce(target, left);
		}
	}
	return true;
}

/** Puts a batch; returns the records to retry. */
async function putOnce({ kinesis, stream }: KinesisTarget, batch: readonly PipeRecord[]): Promise<PipeRecord[]> {
	const { Records = [] } = await kinesis.send(
		new PutRecordsCommand({
			StreamName: stream,
			Records: batch.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
		}),
	);
	const refused = new Set<string>();
	return batch.filter(({ partitionKey }, index) => {
		if (Records[index]?.SequenceNumber === undefined) refused.add(partitionKey);
		return refused.has(partitionKey);
	});
}

function splitBatches(records: readonly PipeRecord[]): PipeRecord[][] {
	const batches: PipeRecord[][] = [];
	let bytes = 0;
	for (const record of records) {
		const size = record.data.length + record.partitionKey.length;
		const last = batches.at(-1);
		const fits = last && last.length < kinesisLimits.recordsOfBatch && bytes + size <= kinesisLimits.bytesOfBatch;
		if (fits) last.push(record);
		else batches.push([record]);
		bytes = fits ? bytes + size : size;
	}
	return batches;
}
