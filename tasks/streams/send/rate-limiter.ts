/** Spreads records evenly over time; after a delay it catches up as fast as the stream takes them. */
export class RateLimiter {
	private readonly startedAt: number;
	private released = 0;

	/** @param rate records a second; undefined for no limit. `clock` counts milliseconds. */
	constructor(
		private readonly rate: number | undefined,
		private readonly clock: () => number,
	) {
		this.startedAt = clock();
	}

	/** Seconds since the start. */
	get seconds(): number {
		return (this.clock() - this.startedAt) / 1000;
	}

	/** Releases the next records; returns the milliseconds until they may leave. */
	release(records: number): number {
		const dueAt = this.rate === undefined ? this.startedAt : this.startedAt + (this.released / this.rate) * 1000;
		this.released += records;
		return Math.max(0, dueAt - this.clock());
	}

	/** Seconds that the records sent so far are behind the rate; 0 without one. */
	lag(sent: number): number {
		if (this.rate === undefined) return 0;
		return Math.max(0, this.seconds - sent / this.rate);
	}
}

/** A batch leaves when its first record is due, so a low rate is sent as small batches, several a second. */
const batchesPerSecond = 5;

/** Records per batch that keep a rate smooth, at most `max`. */
export const batchSizeAt = (rate: number | undefined, max: number): number =>
	rate === undefined ? max : Math.min(max, Math.max(1, Math.floor(rate / batchesPerSecond)));
