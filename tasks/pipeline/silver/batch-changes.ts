import type { Engine, FetchedBatches, Relation } from '../../engine';
import type { BatchVersion, Ledger } from '../../lake';

/** What changes in one dataset. */
export interface BatchChanges {
	/** New versions of batches. */
	readonly added: FetchedBatches;
	/** Batches whose former version is removed. */
	readonly removed: ReadonlySet<string>;
	/** The admitted batches after the run, in their order of arrival: `rank`, `batch`. */
	readonly ranks: Relation;
}

/** The admitted batches of a dataset in their order of arrival: by as-of, then by id, bytewise. */
export function sortByArrival(ledger: Ledger, dataset: string): { batch: string; version: BatchVersion }[] {
	return Object.entries(ledger.admitted[dataset] ?? {})
		.map(([batch, version]) => ({ batch, version }))
		.sort(
			(a, b) =>
				Date.parse(a.version.as_of) - Date.parse(b.version.as_of) ||
				Buffer.compare(Buffer.from(a.batch), Buffer.from(b.batch)),
		);
}

/** The rank of each admitted batch of a dataset in the order of arrival. */
export const createRanks = (engine: Engine, ledger: Ledger, dataset: string): Promise<Relation> =>
	engine.texts(
		{ rank: 'int', batch: 'varchar' },
		sortByArrival(ledger, dataset).map(({ batch }, rank) => [String(rank), batch]),
	);
