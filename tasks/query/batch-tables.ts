import { listAccounts } from '../lake';
import { literal } from '../platform/duckdb/quote';
import type { DuckDbColumn, QuerySession } from './query-session';

export const batchesColumns: readonly DuckDbColumn[] = [
	['dataset', 'varchar'],
	['batch', 'varchar'],
	['as_of', 'timestamp'],
	['received', 'bigint'],
	['kept', 'bigint'],
	['duplicates', 'bigint'],
	['superseded', 'bigint'],
	['rejected', 'bigint'],
	['orphans', 'bigint'],
];

/** Mounts `lake_batches`: what became of the records of each batch. */
export async function mountBatches({ duckdb, snapshot }: QuerySession): Promise<void> {
	const accounts = await listAccounts(await snapshot.ledger(), (name) => snapshot.table(name));
	await duckdb.execute(
		`create or replace temp table lake_batches (${batchesColumns.map(([name, type]) => `${name} ${type}`).join(', ')})`,
	);
	if (accounts.length === 0) return;
	const rows = accounts.map(
		({ dataset, batch, as_of, received, kept, duplicates, superseded, rejected, orphans }) =>
			`(${literal(dataset)}, ${literal(batch)}, cast(cast(${literal(as_of)} as timestamptz) as timestamp), ${[received, kept, duplicates, superseded, rejected, orphans].join(', ')})`,
	);
	await duckdb.execute(`insert into lake_batches values ${rows.join(',\n')}`);
}
