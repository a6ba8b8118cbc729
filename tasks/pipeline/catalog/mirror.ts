import { CopyObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { mirrorFolder, mirrorRoot, type ObjectStore } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { DesiredTable } from './desired';

const parallelRequests = 8;

export interface MirrorPlan {
	/** Source key by the key of the copy. */
	readonly copy: ReadonlyMap<string, string>;
	readonly remove: readonly string[];
}

/** What to copy and what to delete so that the mirror holds the current versions only. `keys` are those of the bucket. */
export function planMirror(desired: readonly DesiredTable[], keys: readonly string[], bucket: string): MirrorPlan {
	const byFolder = new Map<string, string[]>();
	for (const key of keys) {
		const folder = key.slice(0, key.lastIndexOf('/') + 1);
		byFolder.set(folder, [...(byFolder.get(folder) ?? []), key]);
	}
	const wanted = new Map<string, string>();
	for (const { definition, partitions } of desired) {
		const [column] = definition.partitionKeys;
		for (const [value, location] of partitions) {
			const folder = location.slice(`s3://${bucket}/`.length);
			const version = folder.split('/').at(-2)?.replace(/^v=/, '');
			for (const key of byFolder.get(folder) ?? []) {
				const name = `${version}-${key.slice(folder.length)}`;
				wanted.set(`${mirrorFolder(definition.name)}${column?.name}=${value}/${name}`, key);
			}
		}
	}
	const existing = new Set(keys.filter((key) => key.startsWith(mirrorRoot)));
	return {
		copy: new Map([...wanted].filter(([copy]) => !existing.has(copy))),
		remove: [...existing].filter((copy) => !wanted.has(copy)),
	};
}

/** A table, and which of its partitions to look at; one that it has no more is taken out of the mirror. */
export interface MirroredTable {
	readonly desired: DesiredTable;
	readonly values: ReadonlySet<string>;
}

/** Brings some partitions of the mirror up to date; returns how many objects it copied and deleted. */
export async function syncMirror(
	{ s3, store, bucket }: { s3: S3Client; store: ObjectStore; bucket: string },
	tables: readonly MirroredTable[],
): Promise<number> {
	const folders = tables.flatMap((table) => mirroredFolders(table, bucket));
	const keys = await mapConcurrently(folders, parallelRequests, async (folder) => {
		const found: string[] = [];
		for await (const { key } of store.list(folder)) found.push(key);
		return found;
	});
	const { copy, remove } = planMirror(tables.map(onlyWanted), keys.flat(), bucket);
	await mapConcurrently([...copy], parallelRequests, async ([Key, source]) => {
		const CopySource = `${bucket}/${source.split('/').map(encodeURIComponent).join('/')}`;
		await s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource }));
	});
	await store.delete(remove);
	return copy.size + remove.length;
}

function mirroredFolders({ desired, values }: MirroredTable, bucket: string): string[] {
	const { name, partitionKeys } = desired.definition;
	const [column] = partitionKeys;
	// A table without partitions is read where it is.
	if (!column) return [];
	return [...values].flatMap((value) => {
		const location = desired.partitions.get(value);
		const copies = `${mirrorFolder(name)}${column.name}=${value}/`;
		return location === undefined ? [copies] : [location.slice(`s3://${bucket}/`.length), copies];
	});
}

const onlyWanted = ({ desired, values }: MirroredTable): DesiredTable => ({
	...desired,
	partitions: new Map([...desired.partitions].filter(([value]) => values.has(value))),
});
