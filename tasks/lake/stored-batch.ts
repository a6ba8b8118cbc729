import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../platform/concurrency';
import type { Lake } from './lake';
import { type BatchManifest, listBatchFiles } from './model';
import { fetchFile } from './stored-files';

const parallelDownloads = 4;

/**
 * Reads back the files of a batch version; throws DamagedObjectError if one is missing or not what was written. `scratch`
 * is a folder for the copies, which are deleted.
 */
export async function checkBatchFiles(lake: Lake, manifest: BatchManifest, scratch: string): Promise<void> {
	await mapConcurrently(listBatchFiles(manifest), parallelDownloads, async (file) => {
		const path = join(scratch, `stored-${randomBytes(8).toString('hex')}`);
		await fetchFile(lake.store, file, path).finally(() => rm(path, { force: true }));
	});
}
