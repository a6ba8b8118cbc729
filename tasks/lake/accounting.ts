import type { DatasetName } from '../contracts';
import { InternalError } from '../platform/errors';
import { type LakeLayout, lakeLayout, recordsTable } from './layout';
import type { BatchVersion, Ledger, OutcomeCounts, TableManifest } from './model';

/** The outcomes of the records of one admitted batch. */
export interface Account extends OutcomeCounts {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly as_of: string;
	readonly received: number;
	readonly rejected: number;
}

/** The accounts of all admitted batches, from the ledger (received, rejected) and the version histories (all else). */
export async function listAccounts(
	ledger: Ledger,
	table: (name: string) => Promise<TableManifest>,
	{ datasets }: Pick<LakeLayout, 'datasets'> = lakeLayout,
): Promise<Account[]> {
	const accounts = await Promise.all(
		datasets.map(async (dataset) => {
			const admitted = ledger.admitted[dataset] ?? {};
			const sums = sumsByBatch(await table(recordsTable(dataset)));
			return Object.entries(admitted).map(([batch, version]) => account(dataset, batch, version, sums.get(batch)));
		}),
	);
	return accounts.flat();
}

/**
 * Throws InternalError unless every record of every admitted batch has exactly one outcome:
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
	labels: OutcomeCounts = none,
): Account {
	return { dataset, batch, as_of, received, rejected, ...labels };
}

const none: OutcomeCounts = { kept: 0, duplicates: 0, superseded: 0, orphans: 0 };

function sumsByBatch({ partitions }: TableManifest): Map<string, OutcomeCounts> {
	const sums = new Map<string, OutcomeCounts>();
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
