import { type DatasetName, datasetNames } from '../contracts';

import { InternalError } from '../platform/errors';
import type { BatchVersion, Labels, Ledger, TableManifest } from './model';

/** The table whose partitions bear the labels of a dataset's records. */
const labelTable = (dataset: DatasetName): string => `records_${dataset}`;

/** What became of the records of one admitted batch. */
export interface Account extends Labels {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly as_of: string;
	readonly received: number;
	readonly rejected: number;
}

/** The accounts of all admitted batches, from the ledger (received, rejected) and the record sets (all else). */
export async function listAccounts(
	ledger: Ledger,
	table: (name: string) => Promise<TableManifest>,
): Promise<Account[]> {
	const accounts = await Promise.all(
		datasetNames.map(async (dataset) => {
			const admitted = ledger.admitted[dataset] ?? {};
			const sums = sumsByBatch(await table(labelTable(dataset)));
			return Object.entries(admitted).map(([batch, version]) => account(dataset, batch, version, sums.get(batch)));
		}),
	);
	return accounts.flat();
}

/**
 * Throws InternalError unless every record of every admitted batch bears one label:
 * received = kept + duplicates + superseded + rejected + orphans.
 */
export function checkAccounts(accounts: readonly Account[]): void {
	for (const { dataset, batch, received, kept, duplicates, superseded, rejected, orphans } of accounts) {
		const sum = kept + duplicates + superseded + rejected + orphans;
		if (sum === received) continue;
		throw new InternalError(
			`Batch ${batch} of ${dataset} does not add up: ${received} received, but ${kept} kept + ${duplicates} duplicates + ${superseded} superseded + ${rejected} rejected + ${orphans} orphans = ${sum}. Nothing is published; please report this.`,
		);
	}
}

function account(
	dataset: DatasetName,
	batch: string,
	{ as_of, received, rejected }: BatchVersion,
	labels: Labels = none,
): Account {
	return { dataset, batch, as_of, received, rejected, ...labels };
}

const none: Labels = { kept: 0, duplicates: 0, superseded: 0, orphans: 0 };

function sumsByBatch({ partitions }: TableManifest): Map<string, Labels> {
	const sums = new Map<string, Labels>();
	for (const { labels } of Object.values(partitions)) {
		for (const [batch, one] of Object.entries(labels ?? {})) {
			const sum = sums.get(batch) ?? none;
			sums.set(batch, {
				kept: sum.kept + one.kept,
				duplicates: sum.duplicates + one.duplicates,
				superseded: sum.superseded + one.superseded,
				orphans: sum.orphans + one.orphans,
			});
		}
	}
	return sums;
}
