import { type BatchManifest, type FileRef, keepCopy, type Lake, storeFile } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { StagedBatch, StagedObject } from './staged-batch';

const parallelUploads = 8;

/**
 * Uploads the objects of a staged batch and its manifest; nobody sees them before a head names them. With `scratch`, a later
 * step of the process finds copies of the Bronze objects there.
 */
export async function uploadBatch(lake: Lake, batch: StagedBatch, scratch?: string): Promise<BatchManifest> {
	const send = ({ path, key, rows }: StagedObject): Promise<FileRef> => storeFile(lake.store, path, key, rows);
	const sendAndKeep = async (object: StagedObject): Promise<FileRef> => {
		const file = await send(object);
		if (scratch !== undefined) await keepCopy(scratch, object.path, object.key);
		return file;
	};
	const manifest: BatchManifest = {
		...batch.manifest,
		files: await mapConcurrently(batch.objects, parallelUploads, sendAndKeep),
		quarantine: batch.quarantine ? [await send(batch.quarantine)] : [],
	};
	await lake.putBatch(manifest);
	return manifest;
}
