import type { ObjectStore } from '../lake';
import type { BatchFile } from './batch';

/**
 * Moves a file of a batch to another folder of its bucket, as often as it takes: the copy comes first, and only then is
 * the file taken away, unless another one has come under its name. Wherever this breaks off the file is in one of the two
 * places, and doing it again ends the same.
 */
export async function moveFile(store: ObjectStore, file: BatchFile, folder: string): Promise<void> {
	await store.copy(file, { key: `${folder}${file.name}` });
	await store.deleteIf(file.key, file.etag);
}
