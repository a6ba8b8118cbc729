import type { BatchFile } from './batch';
import type { DropStore } from './drop-store';

/**
 * Moves a file of a batch to another folder of its bucket, as often as it takes: the copy comes first, and only then is
 * the file taken away, unless another one has come under its name. Wherever this breaks off the file is in one of the two
 * places, and doing it again ends the same.
 */
export async function moveFile(store: DropStore, file: BatchFile, folder: string): Promise<void> {
	await store.copy(file, { key: `${folder}${file.name}` });
	await store.removeIf(file.key, file.etag);
}
