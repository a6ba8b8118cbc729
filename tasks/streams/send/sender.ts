import { TryAgainError } from '../../platform/errors';
import { type DeliveryStream, type PutResult, putRecords } from './put-records';
import type { SourceRecord } from './source-records';
import type { Watermarks } from './watermarks';

/** Maximum batches in flight, if the stream doesn't throttle. */
const maxWindow = 8;

/** What has been sent so far. */
export interface Sent {
	/** Records that Firehose has taken. */
	records: number;
	bytes: number;
	/** Batches that are delivered whole. */
	batches: number;
	/** Records sent again; each retry counts. */
	retried: number;
	/** Records of batches that were given up. */
	failed: number;
}

/**
 * Sends batches in order, several in flight at a time. The window of batches in flight adapts as in TCP: a refused request
 * halves it, a partly refused one shrinks it by that share, and each delivered one widens it by a fraction of a batch.
 */
export class Sender {
	readonly sent: Sent = { records: 0, bytes: 0, batches: 0, retried: 0, failed: 0 };
	private readonly inFlight = new Set<Promise<void>>();
	private window = maxWindow;
	private failure: { readonly error: unknown } | undefined;
	private lastRefusal: string | undefined;

	constructor(
		private readonly delivery: DeliveryStream,
		private readonly watermarks: Watermarks,
	) {}

	/** Whether nothing is in flight. */
	get isIdle(): boolean {
		return this.inFlight.size === 0;
	}

	/** Starts to send a batch as soon as the window allows. Throws the failure of an earlier batch. */
	async send(batch: readonly SourceRecord[]): Promise<void> {
		while (this.inFlight.size >= Math.max(1, Math.floor(this.window))) await Promise.race(this.inFlight);
		if (this.failure) throw this.failure.error;
		const sending: Promise<void> = this.deliver(batch, this.watermarks.begin(batch))
			.catch((error) => {
				this.failure ??= { error };
			})
			.finally(() => this.inFlight.delete(sending));
		this.inFlight.add(sending);
	}

	/** Waits until nothing is in flight. Throws the failure of a batch. */
	async settled(): Promise<void> {
		await Promise.all(this.inFlight);
		if (this.failure) throw this.failure.error;
	}

	private async deliver(batch: readonly SourceRecord[], markDelivered: () => void): Promise<void> {
		const { delivery, sent } = this;
		let requests = 0;
		const onResult = (result: PutResult) => {
			if (requests++ > 0) sent.retried += result.taken + result.left;
			sent.records += result.taken;
			this.lastRefusal = result.reason ?? this.lastRefusal;
			this.adaptWindow(result);
			delivery.onResult?.(result);
		};
		const left = await putRecords({ ...delivery, onResult }, batch).catch((error) => {
			sent.failed += batch.length;
			throw error;
		});
		const bytesLeft = left.reduce((sum, { data }) => sum + data.length, 0);
		sent.bytes += batch.reduce((sum, { data }) => sum + data.length, -bytesLeft);
		if (left.length === 0) {
			sent.batches++;
			markDelivered();
			return;
		}
		sent.failed += left.length;
		if (delivery.signal.aborted) return;
		throw new TryAgainError(
			`Delivery stream ${delivery.stream} still refuses ${left.length} records after ${delivery.retryBudget.tries} consecutive tries (${this.lastRefusal}). Run the same command again later; it resumes where this one stopped.`,
		);
	}

	private adaptWindow({ taken, left }: PutResult): void {
		const refusedShare = left / (taken + left);
		const kept = this.window * (1 - refusedShare / 2);
		this.window = Math.min(maxWindow, Math.max(1, kept + (1 - refusedShare) / this.window));
	}
}
