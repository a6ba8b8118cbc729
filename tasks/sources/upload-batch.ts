import type { BatchManifest, FileRef, Lake } from '../lake';
import { mapConcurrently } from '../shared/concurrency';
import type { StagedBatch } from './staged-batch';

const parallelUploads = 8;

/** Puts the objects of a staged batch and its manifest into the lake; nobody sees them before a head names them. */
export async function uploadBatch(lake: Lake, batch: StagedBatch): Promise<BatchManifest> {
	const send = async ({ path, key, rows }: { path: string; key: string; rows: number }): Promise<FileRef> => ({
		key,
		rows,
		bytes: await lake.store.upload(path, key),
	});
	const manifest: BatchManifest = {
		...batch.manifest,
		files: await mapConcurrently(batch.objects, parallelUploads, send),
		quarantine: batch.quarantine ? [await send(batch.quarantine)] : [],
	};
	await lake.putBatch(manifest);
	return manifest;
}
