import { isRealDate } from './calendar';
import type { DatasetName, SourceRecord } from './records';
import type { AdmittedBatch, SourceFile } from './silver';

/** Which version of which batch stands in Bronze, and which of them Silver has admitted. */
export class Admissions {
	private ingested = new Map<string, AdmittedBatch>();
	private admitted = new Map<string, AdmittedBatch>();

	/**
	 * Puts a dataset of a batch in Bronze, in place of what was ingested for it before.
	 * @param asOf what `--as-of` says, if anything
	 * @param startedAt when the ingestion began
	 */
	ingest(
		dataset: DatasetName,
		batch: string,
		files: readonly SourceFile[],
		{ asOf, startedAt }: { asOf: string | undefined; startedAt: string },
	): void {
		const key = JSON.stringify([dataset, batch]);
		const byId = /^\d{4}-\d{2}-\d{2}$/.test(batch) && isRealDate(batch) ? `${batch}T00:00:00.000Z` : undefined;
		const instant = asOf ?? this.ingested.get(key)?.asOf ?? byId ?? startedAt;
		this.ingested.set(key, { dataset, batch, asOf: instant, files });
	}

	/** Admits what was last ingested of a batch, every dataset of it. */
	clean(batch: string): void {
		for (const [key, version] of this.ingested) if (version.batch === batch) this.admitted.set(key, version);
	}

	/** Takes a batch out of Silver; Bronze keeps it. */
	withdraw(batch: string): void {
		for (const [key, version] of this.admitted) if (version.batch === batch) this.admitted.delete(key);
	}

	/** Whether anything of a batch has been ingested, or admitted. */
	knows(batch: string, where: 'ingested' | 'admitted'): boolean {
		return [...this[where].values()].some((version) => version.batch === batch);
	}

	batches(): AdmittedBatch[] {
		return [...this.admitted.values()];
	}

	/** What Bronze has of the newest head: the versions that were ingested last, and those that Silver has. */
	live(): AdmittedBatch[] {
		return [...new Set([...this.ingested.values(), ...this.admitted.values()])];
	}

	/** The same, as if some records had never been sent. */
	without(isErased: (dataset: DatasetName, record: SourceRecord) => boolean): Admissions {
		const filtered = (version: AdmittedBatch): AdmittedBatch => ({
			...version,
			files: version.files.map((file) => ({
				...file,
				records: file.records.filter((record) => !isErased(version.dataset, record)),
			})),
		});
		const others = new Admissions();
		for (const [key, version] of this.ingested) others.ingested.set(key, filtered(version));
		for (const [key, version] of this.admitted) others.admitted.set(key, filtered(version));
		return others;
	}

	clone(): Admissions {
		const clone = new Admissions();
		clone.ingested = new Map(this.ingested);
		clone.admitted = new Map(this.admitted);
		return clone;
	}
}
