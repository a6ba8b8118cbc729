import { DataRefusedError } from '../platform/errors';
import { listPublished } from './iceberg/published';
import type { Lake } from './lake';
import { lakeLayout, listVacuumedPrefixes, mirroredKey, mirrorRoot, prefixes } from './layout';
import { listNamedFiles } from './named-files';
import type { ObjectStore, StoredVersion } from './object-store';
import { isOfRun } from './vacuum';

/** What was deleted for good. */
export interface Purged {
	/** Objects, those included that were deleted before and of which only versions were left. */
	readonly objects: number;
	/** Versions of objects, and delete markers. */
	readonly versions: number;
	readonly bytes: number;
}

/** Versions deleted in one request. */
const deletedAtOnce = 1000;

/**
 * Deletes all files of the lake that only heads before `oldestKept` name, or none, at once and with all their versions;
 * `vacuum` would wait. Head `oldestKept` has to be the one that raised the limit to itself: no run that began before it can
 * commit, so what was written before it and is not named is of no use to anyone. Files that are newer belong to runs under
 * way and stay. Rejected records of refused batches stay too. `current` are the keys of the Iceberg metadata that the
 * catalogue names; `hasMirror` says whether `crawl` keeps copies for engines without partitions. Throws DataRefusedError, and deletes nothing, if a head or a manifest can't be read.
 */
export async function purge(
	lake: Lake,
	{
		oldestKept,
		current,
		hasMirror,
		layout = lakeLayout,
	}: {
		readonly oldestKept: number;
		readonly current: ReadonlySet<string>;
		readonly hasMirror: boolean;
		readonly layout?: typeof lakeLayout;
	},
): Promise<Purged> {
	const { heads, lost } = await lake.log();
	const kept = heads.filter(({ head }) => head.number >= oldestKept);
	const raised = kept.find(({ head }) => head.number === oldestKept)?.received.getTime() ?? 0;
	const named = await listNamedFiles(
		lake,
		kept.map(({ head }) => head),
		lost.map(({ number }) => number),
		layout,
	);
	if (named.unreadable.length > 0) {
		throw new DataRefusedError(
			`${named.unreadable[0]} can't be read, so what it references is unknown and nothing is deleted. 'shoplake verify' says how to fix it; then run this again.`,
		);
	}
	const published = await listPublished(lake.store, { since: Number.POSITIVE_INFINITY, current });
	const isNamed = (key: string) =>
		named.files.has(mirroredKey(key) ?? key) ||
		published.keys.has(key) ||
		published.folders.some((folder) => key.startsWith(folder));
	const isInUse = ({ key, isNewest, isDeleteMarker, modified }: StoredVersion) =>
		isNewest && !isDeleteMarker && (isNamed(key) || modified.getTime() >= raised);
	const deletion = new Deletion(lake.store);
	for (const prefix of [...listVacuumedPrefixes(layout), ...(hasMirror ? [mirrorRoot] : [])]) {
		if (prefix === prefixes.refused) continue;
		for await (const versions of groupByKey(lake.store.listAllVersions(prefix))) {
			const [{ key }] = versions as [StoredVersion];
			if (!key.startsWith(mirrorRoot) && !isOfRun(key)) continue;
			await deletion.add(versions.filter((version) => !isInUse(version)));
		}
	}
	return deletion.finish();
}

/** Deletes versions of objects for good, many in one request. */
class Deletion {
	private pending: StoredVersion[] = [];
	private counts = { objects: 0, versions: 0, bytes: 0 };

	constructor(private readonly store: ObjectStore) {}

	/** Adds versions of one key, newest first. */
	async add(versions: readonly StoredVersion[]): Promise<void> {
		// Oldest first: while an object is half deleted, none of its earlier versions becomes the newest one.
		this.pending.push(...[...versions].reverse());
		this.counts.versions += versions.length;
		this.counts.objects += versions.some(({ isNewest }) => isNewest) ? 1 : 0;
		this.counts.bytes += versions.reduce((sum, { bytes }) => sum + bytes, 0);
		if (this.pending.length >= deletedAtOnce) await this.flush();
	}

	async finish(): Promise<Purged> {
		await this.flush();
		return this.counts;
	}

	private async flush(): Promise<void> {
		const versions = this.pending.splice(0);
		if (versions.length > 0) await this.store.deleteVersions(versions);
	}
}

/** The versions of each key. */
export async function* groupByKey(versions: AsyncIterable<StoredVersion>): AsyncGenerator<StoredVersion[]> {
	const group: StoredVersion[] = [];
	for await (const version of versions) {
		if (group.length > 0 && group[0]?.key !== version.key) yield group.splice(0);
		group.push(version);
	}
	if (group.length > 0) yield group;
}
