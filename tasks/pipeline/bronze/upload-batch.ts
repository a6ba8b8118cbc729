import { type BatchManifest, type FileRef, type Lake, storeFile } from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import type { StagedBatch, StagedObject } from './staged-batch';

const parallelUploads = 8;

/** Uploads the objects of a staged batch and its manifest; nobody sees them before a head names them. */
export async function uploadBatch(lake: Lake, batch: StagedBatch): Promise<BatchManifest> {
	const send = ({ path, key, rows }: StagedObject): Promise<FileRef> => storeFile(lake.store, path, key, rows);
	const manifest: BatchManifest = {
		...batch.manifest,
		files: await mapConcurrently(batch.objects, parallelUploads, send),
		quarantine: batch.quarantine ? [await send(batch.quarantine)] : [],
	};
	await lake.putBatch(manifest);
	return manifest;
}
