import type { SourceRecord } from './source-records';

/** A batch in flight. */
interface InFlight {
	/** Its last line of each source. */
	readonly lines: ReadonlyMap<string, number>;
	delivered: boolean;
}

/**
 * The watermark of each source: the line up to which everything is delivered. Batches overtake each other, so a line counts
 * only once its batch and every batch before it are delivered.
 */
export class Watermarks {
	private readonly marks: Map<string, number>;
	private readonly inFlight: InFlight[] = [];

	constructor(lines: Readonly<Record<string, number>>) {
		this.marks = new Map(Object.entries(lines));
	}

	/** Registers the next batch; call the function returned once all of it is delivered. */
	begin(batch: readonly SourceRecord[]): () => void {
		const entry: InFlight = { lines: new Map(batch.map(({ file, line }) => [file, line])), delivered: false };
		this.inFlight.push(entry);
		return () => {
			entry.delivered = true;
			while (this.inFlight[0]?.delivered) {
				for (const [file, line] of this.inFlight.shift()?.lines ?? []) this.marks.set(file, line);
			}
		};
	}

	/** The last line of a source up to which all is delivered; 0 if nothing is. */
	line(source: string): number {
		return this.marks.get(source) ?? 0;
	}

	/** The same for all sources. */
	get lines(): Record<string, number> {
		return Object.fromEntries(this.marks);
	}
}
