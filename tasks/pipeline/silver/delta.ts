import type { BatchVersion, Ledger } from '../../lake';
import type { Workbench } from '../../lake/partitions';
import { literal } from '../../platform/duckdb/quote';
import type { Arrivals } from './arrivals';

/** What changes in one dataset: versions of batches that come, batches whose former version goes. */
export interface Delta {
	readonly added: Arrivals;
	readonly removed: ReadonlySet<string>;
}

/** The admitted batches of a dataset in their order of arrival: by as-of, then by id, bytewise. */
export function inOrderOfArrival(ledger: Ledger, dataset: string): { batch: string; version: BatchVersion }[] {
	return Object.entries(ledger.admitted[dataset] ?? {})
		.map(([batch, version]) => ({ batch, version }))
		.sort(
			(a, b) =>
				Date.parse(a.version.as_of) - Date.parse(b.version.as_of) ||
				Buffer.compare(Buffer.from(a.batch), Buffer.from(b.batch)),
		);
}

/** Makes the table `ranks`: the place of each admitted batch of a dataset in the order of arrival, and its id. */
export async function createRanks({ duckdb }: Workbench, ledger: Ledger, dataset: string): Promise<void> {
	const rows = inOrderOfArrival(ledger, dataset).map(({ batch }, rank) => `(${rank}, ${literal(batch)})`);
	await duckdb.execute('create or replace temp table ranks (rank int, batch varchar)');
	if (rows.length > 0) await duckdb.execute(`insert into ranks values ${rows.join(', ')}`);
}
