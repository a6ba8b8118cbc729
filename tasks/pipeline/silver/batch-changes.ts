import type { Engine, Relation } from '../../engine';
import type { BatchVersion, Ledger } from '../../lake';
import { literal } from '../../platform/duckdb/quote';
import type { FetchedBatches } from './fetch-batches';

/** What changes in one dataset. */
export interface BatchChanges {
	/** The versions of batches that come. */
	readonly added: FetchedBatches;
	/** The batches whose former version goes. */
	readonly removed: ReadonlySet<string>;
	/** The admitted batches in their order of arrival, as they will be: `rank`, `batch`. */
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
	engine.values(
		'rank int, batch varchar',
		sortByArrival(ledger, dataset).map(({ batch }, rank) => `(${rank}, ${literal(batch)})`),
	);
