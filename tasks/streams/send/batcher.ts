/**
 * Firehose's limits: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html.
 * Bytes are counted before base64.
 */
export const limits = {
	recordsOfBatch: 500,
	bytesOfBatch: 4 * 1024 ** 2,
	bytesOfRecord: 1000 * 1024,
} as const;

/** A record for a delivery stream. */
export interface Sized {
	readonly data: Uint8Array;
}

/** Groups records, in order, into batches that Firehose takes; each is as large as the limits allow. */
export class Batcher<R extends Sized> {
	private records: R[] = [];
	private bytes = 0;

	/** @param maxRecords per batch: 500, or fewer so that batches leave sooner */
	constructor(private readonly maxRecords: number = limits.recordsOfBatch) {}

	/** Adds a record of at most 1,000 KiB; returns the batch before it if that is now complete. */
	add(record: R): R[] | undefined {
		const fits = this.records.length < this.maxRecords && this.bytes + record.data.length <= limits.bytesOfBatch;
		const complete = fits ? undefined : this.rest();
		this.records.push(record);
		this.bytes += record.data.length;
		return complete;
	}

	/** The records that are in no complete batch yet; may be empty. */
	rest(): R[] {
		const { records } = this;
		this.records = [];
		this.bytes = 0;
		return records;
	}
}

/** Splits records into batches. */
export function splitBatches<R extends Sized>(records: readonly R[]): R[][] {
	const batcher = new Batcher<R>();
	const batches = records.flatMap((record) => {
		const complete = batcher.add(record);
		return complete ? [complete] : [];
	});
	const rest = batcher.rest();
	return rest.length > 0 ? [...batches, rest] : batches;
}
