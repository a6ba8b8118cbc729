import {
	checkAccounts,
	emptyTable,
	type Head,
	type LakeLayout,
	type Ledger,
	listAccounts,
	orphansTable,
	recordsTable,
	type TableManifest,
} from '../../lake';
import { InternalError } from '../../platform/errors';
import type { Note } from './manifests';

/**
 * Records a finding for each batch whose record counts don't add up, and for Silver or orphan tables whose row count
 * differs from the labels of their records. Skips what it can't check because a manifest can't be read.
 */
export async function compareRecordCounts(
	ledger: Ledger,
	head: Head,
	tables: ReadonlyMap<string, TableManifest>,
	note: Note,
	layout: LakeLayout,
): Promise<void> {
	const isReadable = (name: string) => head.tables[name] === undefined || tables.has(name);
	const readable = layout.datasets.filter((dataset) => isReadable(recordsTable(dataset)));
	const admitted = Object.fromEntries(readable.map((dataset) => [dataset, ledger.admitted[dataset] ?? {}]));
	const table = async (name: string): Promise<TableManifest> => tables.get(name) ?? emptyTable(name);
	const accounts = await listAccounts({ ...ledger, admitted }, table, layout);
	for (const account of accounts) {
		try {
			checkAccounts([account]);
		} catch (error) {
			if (!(error instanceof InternalError)) throw error;
			note(head.ledger ?? '', `does not match the tables: ${error.message}`);
		}
	}
	for (const dataset of readable) {
		const own = accounts.filter((account) => account.dataset === dataset);
		const compare = (name: string, label: 'kept' | 'orphans') => {
			const rows = Object.values(tables.get(name)?.partitions ?? {}).reduce((sum, entry) => sum + entry.rows, 0);
			const labelled = own.reduce((sum, account) => sum + account[label], 0);
			if (isReadable(name) && rows !== labelled) {
				note(head.tables[name] ?? name, `has ${rows} rows, but ${labelled} records are labelled ${label}`);
			}
		};
		compare(`silver_${dataset}`, 'kept');
		const orphans = orphansTable(dataset);
		if (layout.tables.some(({ name }) => name === orphans)) compare(orphans, 'orphans');
	}
}
