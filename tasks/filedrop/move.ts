import type { ObjectStore } from '../lake';
import type { BatchFile } from './batch';

/**
 * Moves a file of a batch to another folder of its bucket. The copy comes first; then the original is deleted, unless it
 * has been overwritten. If this breaks off, the file is in at least one of the two places, and repeating it finishes the
 * move.
 */
export async function moveFile(store: ObjectStore, file: BatchFile, folder: string): Promise<void> {
	await store.copy(file, { key: `${folder}${file.name}` });
	await store.deleteIf(file.key, file.etag);
}
