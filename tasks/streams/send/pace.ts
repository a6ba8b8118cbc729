/** Spreads records evenly over time; a delay is caught up with as fast as the stream takes it. */
export class Pace {
	private readonly startedAt: number;
	private released = 0;

	/** @param rate records a second; undefined for as fast as it goes. `clock` counts milliseconds. */
	constructor(
		private readonly rate: number | undefined,
		private readonly clock: () => number,
	) {
		this.startedAt = clock();
	}

	/** Since the start. */
	get seconds(): number {
		return (this.clock() - this.startedAt) / 1000;
	}

	/** Milliseconds until so many more records may leave; releases them. */
	release(records: number): number {
		const dueAt = this.rate === undefined ? this.startedAt : this.startedAt + (this.released / this.rate) * 1000;
		this.released += records;
		return Math.max(0, dueAt - this.clock());
	}

	/** Seconds by which so many records sent are behind the wanted rate; 0 without one. */
	lag(sent: number): number {
		if (this.rate === undefined) return 0;
		return Math.max(0, this.seconds - sent / this.rate);
	}
}

/** A batch leaves when its first record is due: at a low rate small ones follow each other several times a second. */
const batchesPerSecond = 5;

/** How many records a batch may hold, so that a rate is kept smoothly. */
export const recordsOfBatch = (rate: number | undefined, most: number): number =>
	rate === undefined ? most : Math.min(most, Math.max(1, Math.floor(rate / batchesPerSecond)));
