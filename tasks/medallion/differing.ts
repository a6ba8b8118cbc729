import { isDeepStrictEqual } from 'node:util';
import { homeless, type Lake, type PartitionEntry, type Snapshot, type TableManifest, whole } from '../lake';

/** Dates whose partitions are to be made afresh, both ends included. */
export type Interval = { readonly from: string; readonly to: string };

/** Where the tables that `clean` writes are stored. */
const prefixes = ['silver/', 'records/', 'orphans/'];

/**
 * Of tables made afresh, those that differ from what a snapshot has, with the differing partitions in place: other rows,
 * other labels, or a file that is lost. Of an interval only its dates count, and what has no date.
 */
export async function differing(
	lake: Lake,
	newest: Snapshot,
	fresh: Readonly<Record<string, TableManifest>>,
	interval: Interval | undefined,
): Promise<Record<string, TableManifest>> {
	const files = await filesOf(lake, prefixes);
	const within = (partition: string) =>
		!interval ||
		partition === whole ||
		partition === homeless ||
		(partition >= interval.from && partition <= interval.to);
	const tables: Record<string, TableManifest> = {};
	for (const [name, made] of Object.entries(fresh)) {
		const now = await newest.table(name);
		const partitions = { ...now.partitions };
		let differs = false;
		for (const partition of new Set([...Object.keys(partitions), ...Object.keys(made.partitions)])) {
			const entry = made.partitions[partition];
			if (!within(partition) || isSame(partitions[partition], entry, files)) continue;
			differs = true;
			delete partitions[partition];
			if (entry) partitions[partition] = entry;
		}
		if (differs) tables[name] = { ...now, partitions };
	}
	return tables;
}

function isSame(
	now: PartitionEntry | undefined,
	made: PartitionEntry | undefined,
	files: ReadonlyMap<string, number>,
): boolean {
	if (!now || !made) return now === made;
	return (
		now.rows === made.rows &&
		now.fingerprint === made.fingerprint &&
		isDeepStrictEqual([now.labels, now.facts], [made.labels, made.facts]) &&
		now.files.every(({ key, bytes }) => files.get(key) === bytes)
	);
}

/** The sizes of the files stored under some prefixes, by key. */
export async function filesOf({ store }: Lake, prefixes: readonly string[]): Promise<Map<string, number>> {
	const files = new Map<string, number>();
	for (const prefix of prefixes) {
		for await (const { key, bytes } of store.list(prefix)) files.set(key, bytes);
	}
	return files;
}
