import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import type { ObjectVersion } from '../lake';
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
	/** When the gate opened; event dates later than this are in the future. */
	as_of: z.string(),
	bucket: z.string(),
	/** Whether it has fewer files than the minimum, because the wait for more was over. */
	forced: z.boolean(),
	files: z.array(file),
});
/** Files that are processed together, as the gate saw them; immutable. */
export type DropBatch = z.infer<typeof dropBatch>;

/** The files of a listing that belong to a drop, with their datasets. */
export function selectDropFiles(listing: readonly ObjectVersion[]): BatchFile[] {
	return listing.flatMap(({ key, version, etag, bytes, modified }) => {
		const dataset = datasetByName(key);
		return dataset === undefined
			? []
			: [{ key, name: basename(key), dataset, version, etag, bytes, modified: modified.toISOString() }];
	});
}

/** The number of files of each dataset. */
export const countFiles = (files: readonly Pick<BatchFile, 'dataset'>[]): Record<DropDataset, number> => ({
	orders: files.filter(({ dataset }) => dataset === 'orders').length,
	order_items: files.filter(({ dataset }) => dataset === 'order_items').length,
	products: files.filter(({ dataset }) => dataset === 'products').length,
});

/** Equal for equal sets of files: every key, in the same version. */
export const batchIdentity = (files: readonly Pick<BatchFile, 'key' | 'version'>[]): string =>
	JSON.stringify(files.map(({ key, version }) => [key, version]).sort());

/**
 * Makes the batch of a set of files. Its id depends only on them: `drop-<date of the newest>-<hash of keys and versions>`,
 * so a repeated run continues with the same batch.
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
