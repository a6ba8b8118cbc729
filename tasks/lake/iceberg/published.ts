import { mapConcurrently } from '../../platform/concurrency';
import { prefixes } from '../layout';
import type { ObjectStore, StoredObject } from '../object-store';
import {
	manifestProperty,
	metadataTable,
	openTableFolder,
	parseMetadata,
	readMetadata,
	snapshotKeys,
} from './metadata';

const parallelReads = 8;

/** What readers of the open tables may still need. */
export interface PublishedObjects {
	/** Metadata files, manifest lists and manifests. */
	readonly keys: ReadonlySet<string>;
	/** Folders of tables whose metadata another program wrote: anything there may be in use. */
	readonly folders: readonly string[];
	/** The lake's manifests of the published snapshots, with their tables. */
	readonly manifests: readonly { readonly table: string; readonly key: string }[];
}

/**
 * Lists what the metadata files name that were current at an instant or later: those written since, those before them,
 * and those of `current`, which the catalogue names now.
 */
export async function listPublished(
	store: ObjectStore,
	{ since, current }: { readonly since: number; readonly current: ReadonlySet<string> },
): Promise<PublishedObjects> {
	const keys = new Set<string>();
	const folders: string[] = [];
	const manifests = new Map<string, string>();
	const inUse = [...(await listMetadataFiles(store))].flatMap(([table, files]) =>
		filesInUse(files, since, current).map((key) => ({ table, key })),
	);
	await mapConcurrently(inUse, parallelReads, async ({ table, key }) => {
		keys.add(key);
		const metadata = await readMetadata(store, key);
		if (!metadata) folders.push(openTableFolder(table));
		for (const snapshot of metadata?.snapshots ?? []) {
			for (const named of snapshotKeys(snapshot)) keys.add(named);
			if (snapshot.summary[manifestProperty]) manifests.set(snapshot.summary[manifestProperty], table);
		}
	});
	return { keys, folders, manifests: [...manifests].map(([key, table]) => ({ table, key })) };
}

/** Two crawls of one head may both have written metadata, of which one became current: both count. */
function filesInUse(files: readonly StoredObject[], since: number, current: ReadonlySet<string>): string[] {
	const older = files.filter(({ modified }) => modified.getTime() < since);
	const lastHead = headDigits(older.at(-1)?.key ?? '');
	return files.flatMap(({ key, modified }) =>
		modified.getTime() >= since || headDigits(key) === lastHead || current.has(key) ? [key] : [],
	);
}

const headDigits = (key: string): string => (key.split('/').at(-1) ?? '').split('-')[0] ?? '';

/** The metadata files by table, oldest first. */
async function listMetadataFiles(store: ObjectStore): Promise<Map<string, StoredObject[]>> {
	const files = new Map<string, StoredObject[]>();
	for await (const object of store.list(prefixes.iceberg)) {
		const table = metadataTable(object.key);
		if (table !== undefined) files.set(table, [...(files.get(table) ?? []), object]);
	}
	for (const ofTable of files.values()) ofTable.sort((a, b) => a.modified.getTime() - b.modified.getTime());
	return files;
}

/** An object of a published table that is missing or damaged; `problem` is a predicate that follows its key. */
export interface PublishedDamage {
	readonly key: string;
	readonly problem: string;
}

/** What is wrong with the metadata that were published last of each table. */
export async function checkPublished(store: ObjectStore): Promise<PublishedDamage[]> {
	const damage: PublishedDamage[] = [];
	for (const [, files] of await listMetadataFiles(store)) {
		const newest = files.at(-1);
		if (newest) damage.push(...(await checkMetadata(store, newest.key)));
	}
	return damage;
}

/** What is wrong with a metadata file and the objects that it names; the lake's own files are not looked at. */
export async function checkMetadata(store: ObjectStore, key: string): Promise<PublishedDamage[]> {
	const text = await store.getText(key);
	if (text === undefined) return [{ key, problem: 'is missing, but the catalogue references it' }];
	const metadata = parseMetadata(text);
	if (!metadata) return [{ key, problem: 'is damaged, or another program wrote it' }];
	const stored = new Set<string>();
	for await (const object of store.list(key.slice(0, key.lastIndexOf('/') + 1))) stored.add(object.key);
	return metadata.snapshots
		.flatMap(snapshotKeys)
		.filter((named) => !stored.has(named))
		.map((named) => ({ key: named, problem: `is missing, but ${key} references it` }));
}
