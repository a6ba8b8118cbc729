import { type BatchManifest, type FileRef, keepCopy, type Lake, storeFile } from '../../lake';
import { limitConcurrency, mapConcurrently } from '../../platform/concurrency';
import type { StagedBatch, StagedObject } from './staged-batch';

const parallelUploads = 8;
/** A gate for the uploads of batches that are uploaded together. */
export const uploadGate = () => limitConcurrency(parallelUploads);

/**
 * Uploads the objects of a staged batch and its manifest; nobody sees them before a head names them. With `scratch`, a later
 * step of the process finds copies of the Bronze objects there.
 */
export async function uploadBatch(
	lake: Lake,
	batch: StagedBatch,
	{ scratch, gate = uploadGate() }: { readonly scratch?: string; readonly gate?: ReturnType<typeof uploadGate> } = {},
): Promise<BatchManifest> {
	const send = ({ path, key, rows }: StagedObject): Promise<FileRef> => storeFile(lake.store, path, key, rows);
	const sendAndKeep = async (object: StagedObject): Promise<FileRef> => {
		const file = await send(object);
		if (scratch !== undefined) await keepCopy(scratch, object.path, object.key);
		return file;
	};
	const rejected = batch.quarantine ? [batch.quarantine] : [];
	const unused = batch.unused ? [batch.unused] : [];
	const uploads = [
		...batch.objects.map((object) => () => sendAndKeep(object)),
		...[...rejected, ...unused].map((one) => () => send(one)),
	];
	const sent = await mapConcurrently(uploads, parallelUploads, gate);
	const count = batch.objects.length;
	const files = batch.objects.map(({ form }, place) => ({ ...(sent[place] as FileRef), ...(form ? { form } : {}) }));
	const { source, ...rest } = batch.manifest;
	const manifest: BatchManifest = {
		...rest,
		...(source ? { source: { ...source, unused_files: sent.slice(count + rejected.length) } } : {}),
		files,
		quarantine: sent.slice(count, count + rejected.length),
	};
	await lake.putBatch(manifest);
	return manifest;
}
