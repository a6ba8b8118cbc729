import { datasetNames } from '../contracts';
import { literal } from '../engines/quote';
import type { Labels, Ledger, TableManifest } from '../lake';
import type { Desk } from './lake-tables';

/** What became of the records of one admitted batch of a dataset. */
export interface BatchAccount extends Labels {
	readonly dataset: string;
	readonly batch: string;
	/** An instant, ISO 8601, UTC. */
	readonly as_of: string;
	readonly received: number;
	readonly rejected: number;
}

/** The books of the lake: a row for each admitted batch and dataset. `recordSets` are the manifests, by dataset. */
export function accountsOf(ledger: Ledger, recordSets: ReadonlyMap<string, TableManifest>): BatchAccount[] {
	return Object.entries(ledger.admitted).flatMap(([dataset, batches]) => {
		const labels = labelsByBatch(recordSets.get(dataset));
		return Object.entries(batches).map(([batch, { as_of, received, rejected }]) => ({
			dataset,
			batch,
			as_of,
			received,
			rejected,
			...(labels.get(batch) ?? { kept: 0, duplicates: 0, superseded: 0, orphans: 0 }),
		}));
	});
}

function labelsByBatch(manifest: TableManifest | undefined): Map<string, Labels> {
	const sums = new Map<string, Labels>();
	for (const { labels = {} } of Object.values(manifest?.partitions ?? {})) {
		for (const [batch, more] of Object.entries(labels)) {
			const sum = sums.get(batch) ?? { kept: 0, duplicates: 0, superseded: 0, orphans: 0 };
			sums.set(batch, {
				kept: sum.kept + more.kept,
				duplicates: sum.duplicates + more.duplicates,
				superseded: sum.superseded + more.superseded,
				orphans: sum.orphans + more.orphans,
			});
		}
	}
	return sums;
}

/** `lake_batches`: the accounts as a view. */
export async function attachBatches({ duckdb, snapshot }: Desk): Promise<void> {
	const recordSets = await Promise.all(
		datasetNames.map(async (dataset) => [dataset, await snapshot.table(`records_${dataset}`)] as const),
	);
	const accounts = accountsOf(await snapshot.ledger(), new Map(recordSets));
	await duckdb.execute(
		`create or replace temp table lake_batches (
			dataset varchar, batch varchar, as_of timestamp, received bigint, kept bigint,
			duplicates bigint, superseded bigint, rejected bigint, orphans bigint)`,
	);
	if (accounts.length === 0) return;
	const rows = accounts.map(
		({ dataset, batch, as_of, received, kept, duplicates, superseded, rejected, orphans }) =>
			`(${literal(dataset)}, ${literal(batch)}, cast(cast(${literal(as_of)} as timestamptz) as timestamp), ${[received, kept, duplicates, superseded, rejected, orphans].join(', ')})`,
	);
	await duckdb.execute(`insert into lake_batches values ${rows.join(',\n')}`);
}
