import type { PartitionEntry, TableManifest } from '../../lake';

/**
 * A manifest with some partitions as they were written. One without rows is removed; one whose rows are as before keeps
 * its version and its files.
 */
export function replacePartitions(
	old: TableManifest,
	names: readonly string[],
	written: ReadonlyMap<string, PartitionEntry>,
	decorate: (partition: string, entry: PartitionEntry) => PartitionEntry = (_, entry) => entry,
): TableManifest {
	const partitions = { ...old.partitions };
	for (const name of names) {
		const before = partitions[name];
		const now = written.get(name);
		delete partitions[name];
		if (!now) continue;
		const isSame = before && before.rows === now.rows && before.fingerprint === now.fingerprint;
		partitions[name] = decorate(name, isSame ? before : now);
	}
	return { ...old, partitions: Object.fromEntries(Object.entries(partitions).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
