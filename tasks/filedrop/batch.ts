import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import type { FileVersion } from './drop-store';
import { type DropDataset, datasetByName, dropDatasets } from './file-names';

const file = z.object({
	key: z.string(),
	/** The name without its folder. */
	name: z.string(),
	dataset: z.enum(dropDatasets),
	version: z.string(),
	etag: z.string(),
	bytes: z.number(),
	modified: z.string(),
});
/** A file of a batch: one version of one key. */
export type BatchFile = z.infer<typeof file>;

export const dropBatch = z.object({
	format: z.literal(1),
	batch: z.string(),
	/** When the gate let it through; what an event date in the future is goes by it. */
	as_of: z.string(),
	bucket: z.string(),
	/** Fewer files than the minimum, taken because nothing more had come for long enough. */
	forced: z.boolean(),
	files: z.array(file),
});
/** The files that are processed together, as the gate saw them; immutable. */
export type DropBatch = z.infer<typeof dropBatch>;

/** The files of a listing that are a drop's, by what they hold. */
export function dropFiles(listing: readonly FileVersion[]): BatchFile[] {
	return listing.flatMap(({ key, version, etag, bytes, modified }) => {
		const dataset = datasetByName(key);
		return dataset === undefined
			? []
			: [{ key, name: basename(key), dataset, version, etag, bytes, modified: modified.toISOString() }];
	});
}

/** How many files of each kind there are. */
export const countFiles = (files: readonly Pick<BatchFile, 'dataset'>[]): Record<DropDataset, number> => ({
	orders: files.filter(({ dataset }) => dataset === 'orders').length,
	order_items: files.filter(({ dataset }) => dataset === 'order_items').length,
	products: files.filter(({ dataset }) => dataset === 'products').length,
});

/** What two sets of files have in common where they are the same: every key, in the same version. */
export const batchIdentity = (files: readonly Pick<BatchFile, 'key' | 'version'>[]): string =>
	JSON.stringify(files.map(({ key, version }) => [key, version]).sort());

/**
 * The batch of a set of files. Its id is a function of them: `drop-<date of the newest>-<hash of keys and versions>`, so
 * that a run that is repeated goes on with the same batch.
 */
export function assembleBatch(
	files: readonly BatchFile[],
	{ bucket, asOf, forced }: { readonly bucket: string; readonly asOf: Date; readonly forced: boolean },
): DropBatch {
	const newest =
		files
			.map(({ modified }) => modified)
			.sort()
			.at(-1) ?? '';
	const hash = createHash('sha256').update(bucket).update(batchIdentity(files)).digest('hex').slice(0, 10);
	const batch = `drop-${newest.slice(0, 10)}-${hash}`;
	return { format: 1, batch, as_of: asOf.toISOString(), bucket, forced, files: [...files] };
}
