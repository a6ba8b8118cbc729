import { isDeepStrictEqual } from 'node:util';
import { type PartitionEntry, type Snapshot, type TableManifest, unplaced, whole } from '.';

/** Dates whose partitions are recomputed, both ends included. */
export type Interval = { readonly from: string; readonly to: string };

/**
 * Selects the recomputed tables that differ from a snapshot's, and puts the differing partitions in place. A partition
 * differs by its rows, its outcomes, or a file that is lost or damaged. With an interval, only its dates and partitions
 * without a date are compared.
 */
export async function selectChangedTables(
	newest: Snapshot,
	fresh: Readonly<Record<string, TableManifest>>,
	interval: Interval | undefined,
	isIntact: (entry: PartitionEntry) => Promise<boolean>,
): Promise<Record<string, TableManifest>> {
	const within = (partition: string) =>
		!interval ||
		partition === whole ||
		partition === unplaced ||
		(partition >= interval.from && partition <= interval.to);
	const tables: Record<string, TableManifest> = {};
	for (const [name, made] of Object.entries(fresh)) {
		const now = await newest.table(name);
		const partitions = { ...now.partitions };
		let differs = false;
		for (const partition of new Set([...Object.keys(partitions), ...Object.keys(made.partitions)])) {
			const entry = made.partitions[partition];
			if (!within(partition) || (await isSame(partitions[partition], entry, isIntact))) continue;
			differs = true;
			delete partitions[partition];
			if (entry) partitions[partition] = entry;
		}
		if (differs) tables[name] = { ...now, partitions };
	}
	return tables;
}

async function isSame(
	now: PartitionEntry | undefined,
	made: PartitionEntry | undefined,
	isIntact: (entry: PartitionEntry) => Promise<boolean>,
): Promise<boolean> {
	if (!now || !made) return now === made;
	return (
		now.rows === made.rows &&
		now.fingerprint === made.fingerprint &&
		isDeepStrictEqual([now.labels, now.facts], [made.labels, made.facts]) &&
		(await isIntact(now))
	);
}
