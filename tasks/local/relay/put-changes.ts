import { setTimeout as sleep } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { StreamChange } from './stream-change';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
export const kinesisLimits = { recordsOfBatch: 500, bytesOfBatch: 5 * 1024 ** 2 } as const;

/** Waits before the next try: at random up to 0.1 s, 0.2 s … 5 s. */
const backoff = { firstMs: 100, longestMs: 5000 } as const;

export interface ChangeTarget {
	readonly kinesis: Pick<KinesisClient, 'send'>;
	readonly stream: string;
	/** A number from 0 up to 1, for the jitter. */
	readonly random: () => number;
	readonly signal: AbortSignal;
}

/**
 * Puts changes into a Kinesis stream, each at least once, those of one item in their order: where Kinesis refuses one, it
 * is put again together with all later ones of the same item, until all are taken. Resolves to whether they are; a signal
 * ends it before.
 */
export async function putChanges(target: ChangeTarget, changes: readonly StreamChange[]): Promise<boolean> {
	for (const batch of splitBatches(changes)) {
		let left = batch;
		for (let attempt = 0; left.length > 0; attempt++) {
			if (target.signal.aborted) return false;
			if (attempt > 0) {
				const longest = Math.min(backoff.longestMs, backoff.firstMs * 2 ** attempt);
				await sleep(target.random() * longest, undefined, { signal: target.signal }).catch(() => undefined);
				if (target.signal.aborted) return false;
			}
			left = await putOnce(target, left);
		}
	}
	return true;
}

/** Puts a batch; the changes to put again. */
async function putOnce({ kinesis, stream }: ChangeTarget, batch: readonly StreamChange[]): Promise<StreamChange[]> {
	const { Records = [] } = await kinesis.send(
		new PutRecordsCommand({
			StreamName: stream,
			Records: batch.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
		}),
	);
	const refused = new Set<string>();
	return batch.filter(({ partitionKey }, place) => {
		if (Records[place]?.SequenceNumber === undefined) refused.add(partitionKey);
		return refused.has(partitionKey);
	});
}

function splitBatches(changes: readonly StreamChange[]): StreamChange[][] {
	const batches: StreamChange[][] = [];
	let bytes = 0;
	for (const change of changes) {
		const size = change.data.length + change.partitionKey.length;
		const last = batches.at(-1);
		const fits = last && last.length < kinesisLimits.recordsOfBatch && bytes + size <= kinesisLimits.bytesOfBatch;
		if (fits) last.push(change);
		else batches.push([change]);
		bytes = fits ? bytes + size : size;
	}
	return batches;
}
