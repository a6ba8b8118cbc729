import { TryAgainError } from '../../platform/errors';
import type { Reach } from './checkpoint';
import { type Delivery, putRecords } from './put-records';
import type { SourceRecord } from './source-records';

/** Batches that are under way at the same time, where the stream is not throttled. */
const mostUnderWay = 8;

/** What has been sent so far. */
export interface Sent {
	/** Records that Firehose has taken. */
	records: number;
	bytes: number;
	/** Batches all of whose records are taken. */
	batches: number;
	/** Records sent again, each time counted. */
	retried: number;
	/** Records of batches that were given up. */
	failed: number;
}

/**
 * Sends batches, several at a time, each begun in the order in which it comes. A request that is refused halves how many
 * may be under way, one that is refused in part takes its share of that; every one that goes through lets in a fraction
 * of one more.
 */
export class Sender {
	readonly sent: Sent = { records: 0, bytes: 0, batches: 0, retried: 0, failed: 0 };
	private readonly underWay = new Set<Promise<void>>();
	private room = mostUnderWay;
	private failure: { readonly error: unknown } | undefined;
	private lastRefusal: string | undefined;

	constructor(
		private readonly delivery: Delivery,
		private readonly reach: Reach,
	) {}

	/** Whether nothing is under way. */
	get isIdle(): boolean {
		return this.underWay.size === 0;
	}

	/** Begins to send a batch as soon as there is room. Throws what an earlier batch has failed with. */
	async send(batch: readonly SourceRecord[]): Promise<void> {
		while (this.underWay.size >= Math.max(1, Math.floor(this.room))) await Promise.race(this.underWay);
		if (this.failure) throw this.failure.error;
		const sending: Promise<void> = this.deliver(batch, this.reach.begin(batch))
			.catch((error) => {
				this.failure ??= { error };
			})
			.finally(() => this.underWay.delete(sending));
		this.underWay.add(sending);
	}

	/** Waits until nothing is under way. Throws what a batch has failed with. */
	async settled(): Promise<void> {
		await Promise.all(this.underWay);
		if (this.failure) throw this.failure.error;
	}

	private async deliver(batch: readonly SourceRecord[], taken: () => void): Promise<void> {
		const { delivery, sent } = this;
		let requests = 0;
		const left = await putRecords(
			{
				...delivery,
				answered: (answer) => {
					if (requests++ > 0) sent.retried += answer.taken + answer.left;
					sent.records += answer.taken;
					this.lastRefusal = answer.why ?? this.lastRefusal;
					const refusedShare = answer.left / (answer.taken + answer.left);
					const kept = this.room * (1 - refusedShare / 2);
					this.room = Math.min(mostUnderWay, Math.max(1, kept + (1 - refusedShare) / this.room));
					delivery.answered?.(answer);
				},
			},
			batch,
		).catch((error) => {
			sent.failed += batch.length;
			throw error;
		});
		const bytesLeft = left.reduce((sum, { data }) => sum + data.length, 0);
		sent.bytes += batch.reduce((sum, { data }) => sum + data.length, -bytesLeft);
		if (left.length === 0) {
			sent.batches++;
			taken();
			return;
		}
		sent.failed += left.length;
		if (delivery.signal.aborted) return;
		throw new TryAgainError(
			`Delivery stream ${delivery.stream} still refuses ${left.length} records after ${delivery.tries} tries in a row (${this.lastRefusal}). Run the same command again later; it goes on where this one stopped.`,
		);
	}
}
