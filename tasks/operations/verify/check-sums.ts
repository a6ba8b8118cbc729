import { datasetNames } from '../../contracts';
import { checkAccounts, emptyTable, type Head, type Ledger, listAccounts, type TableManifest } from '../../lake';
import { InternalError } from '../../platform/errors';
import type { Note } from './manifests';

/**
 * Notes batches whose records don't add up, and Silver or orphans with other rows than their records' labels say. What
 * can't be told, because a manifest can't be read, is left out.
 */
export async function checkSums(
	ledger: Ledger,
	head: Head,
	tables: ReadonlyMap<string, TableManifest>,
	note: Note,
): Promise<void> {
	const isReadable = (name: string) => head.tables[name] === undefined || tables.has(name);
	const known = datasetNames.filter((dataset) => isReadable(`records_${dataset}`));
	const admitted = Object.fromEntries(known.map((dataset) => [dataset, ledger.admitted[dataset] ?? {}]));
	const table = async (name: string): Promise<TableManifest> => tables.get(name) ?? emptyTable(name);
	const accounts = await listAccounts({ ...ledger, admitted }, table);
	for (const account of accounts) {
		try {
			checkAccounts([account]);
		} catch (error) {
			if (!(error instanceof InternalError)) throw error;
			note(head.ledger ?? '', `does not agree with the tables: ${error.message}`);
		}
	}
	for (const dataset of known) {
		const own = accounts.filter((account) => account.dataset === dataset);
		const compare = (name: string, label: 'kept' | 'orphans') => {
			const rows = Object.values(tables.get(name)?.partitions ?? {}).reduce((sum, entry) => sum + entry.rows, 0);
			const labelled = own.reduce((sum, account) => sum + account[label], 0);
			if (isReadable(name) && rows !== labelled) {
				note(head.tables[name] ?? name, `has ${rows} rows, but ${labelled} records are labelled ${label}`);
			}
		};
		compare(`silver_${dataset}`, 'kept');
		if (dataset === 'order_items') compare('orphans_order_items', 'orphans');
	}
}
