import { MissingObjectError, mirrorFolder, mirrorRoot, type ObjectStore } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { DesiredTable } from './desired-tables';

const parallelRequests = 8;

export interface MirrorPlan {
	/** The source key by the key of the copy. */
	readonly toCopy: ReadonlyMap<string, string>;
	readonly toDelete: readonly string[];
}

/**
 * What to copy and what to delete so that the mirror holds the current versions only. `keys` are keys of the bucket: of the
 * mirror, and of the partitions whose files no manifest names.
 */
export function planMirror(desired: readonly DesiredTable[], keys: readonly string[], bucket: string): MirrorPlan {
	const byFolder = new Map<string, string[]>();
	for (const key of keys) {
		const folder = folderOf(key);
		byFolder.set(folder, [...(byFolder.get(folder) ?? []), key]);
	}
	const wanted = new Map<string, string>();
	for (const { definition, partitions, files } of desired) {
		const [column] = definition.partitionKeys;
		for (const [value, location] of partitions) {
			const folder = location.slice(`s3://${bucket}/`.length);
			const version = folder.split('/').at(-2)?.replace(/^v=/, '');
			const sources = files.get(value)?.map(({ key }) => key) ?? byFolder.get(folder) ?? [];
			for (const key of sources) {
				const name = `${version}-${key.slice(folderOf(key).length)}`;
				wanted.set(`${mirrorFolder(definition.name)}${column?.name}=${value}/${name}`, key);
			}
		}
	}
	const existing = new Set(keys.filter((key) => key.startsWith(mirrorRoot)));
	return {
		toCopy: new Map([...wanted].filter(([copy]) => !existing.has(copy))),
		toDelete: [...existing].filter((copy) => !wanted.has(copy)),
	};
}

/** A table, and which of its partitions to bring up to date; one that the table no longer has is deleted from the mirror. */
export interface MirroredTable {
	readonly desired: DesiredTable;
	readonly values: ReadonlySet<string>;
}

/** Brings partitions of the mirror up to date; returns how many objects it copied and deleted. */
export async function syncMirror(
	{ store, bucket }: { readonly store: ObjectStore; readonly bucket: string },
	tables: readonly MirroredTable[],
): Promise<number> {
	const keys = await mapConcurrently(tables, parallelRequests, async (table) => [
		...(await listCopies(store, table)),
		...(await listSources(store, table, bucket)),
	]);
	const { toCopy, toDelete } = planMirror(tables.map(selectPartitions), keys.flat(), bucket);
	const copied = await mapConcurrently([...toCopy], parallelRequests, ([copy, source]) =>
		store.copy({ key: source }, { key: copy }).then(() => true, falseIfLost),
	);
	await store.delete(toDelete);
	return copied.filter(Boolean).length + toDelete.length;
}

/** False where a file of the lake is lost, which `crawl` does not repair; throws any other error. */
function falseIfLost(error: unknown): false {
	if (error instanceof MissingObjectError) return false;
	throw error;
}

/**
 * The keys of the copies of some partitions, by one listing from the first of them to the last: the dates of a day are
 * neighbours. A table without partitions is not mirrored: its location in Glue is that of its files.
 */
async function listCopies(store: ObjectStore, { desired, values }: MirroredTable): Promise<string[]> {
	const { name, partitionKeys } = desired.definition;
	const [column] = partitionKeys;
	const folders = column ? [...values].map((value) => `${mirrorFolder(name)}${column.name}=${value}/`).sort() : [];
	const [first, last = ''] = [folders[0], folders.at(-1)];
	if (first === undefined) return [];
	const wanted = new Set(folders);
	const copies: string[] = [];
	for await (const { key } of store.list(mirrorFolder(name), first)) {
		if (key > last && !key.startsWith(last)) break;
		if (wanted.has(folderOf(key))) copies.push(key);
	}
	return copies;
}

/** The keys of the files of some partitions, without those whose files the manifest names. */
async function listSources(store: ObjectStore, { desired, values }: MirroredTable, bucket: string): Promise<string[]> {
	const locations = [...values].flatMap((value) => {
		const location = desired.partitions.get(value);
		return location === undefined || desired.files.has(value) ? [] : [location];
	});
	const found = await mapConcurrently(locations, parallelRequests, async (location) => {
		const keys: string[] = [];
		for await (const { key } of store.list(location.slice(`s3://${bucket}/`.length))) keys.push(key);
		return keys;
	});
	return found.flat();
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

const selectPartitions = ({ desired, values }: MirroredTable): DesiredTable => ({
	...desired,
	partitions: new Map([...desired.partitions].filter(([value]) => values.has(value))),
});
