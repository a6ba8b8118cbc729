/**
 * What Firehose takes: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html.
 * Bytes are counted before base64.
 */
export const limits = {
	recordsOfBatch: 500,
	bytesOfBatch: 4 * 1024 ** 2,
	bytesOfRecord: 1000 * 1024,
} as const;

/** Bytes on their way to a delivery stream. */
export interface Sized {
	readonly data: Uint8Array;
}

/** Puts records together to batches that Firehose takes, in their order; each is as large as the limits allow. */
export class Batcher<R extends Sized> {
	private records: R[] = [];
	private bytes = 0;

	/** @param most records of a batch: 500, or fewer where they are to leave sooner */
	constructor(private readonly most: number = limits.recordsOfBatch) {}

	/** Takes a record of at most 1,000 KiB; returns the batch that is complete without it, if one is. */
	add(record: R): R[] | undefined {
		const fits = this.records.length < this.most && this.bytes + record.data.length <= limits.bytesOfBatch;
		const complete = fits ? undefined : this.rest();
		this.records.push(record);
		this.bytes += record.data.length;
		return complete;
	}

	/** What no complete batch holds yet; empty where there is nothing. */
	rest(): R[] {
		const { records } = this;
		this.records = [];
		this.bytes = 0;
		return records;
	}
}

/** The batches of records that are all at hand. */
export function splitBatches<R extends Sized>(records: readonly R[]): R[][] {
	const batcher = new Batcher<R>();
	const batches = records.flatMap((record) => {
		const complete = batcher.add(record);
		return complete ? [complete] : [];
	});
	const rest = batcher.rest();
	return rest.length > 0 ? [...batches, rest] : batches;
}
