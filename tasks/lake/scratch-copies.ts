import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapConcurrently } from '../platform/concurrency';
import type { FileRef } from './model';
import type { ObjectStore } from './object-store';
import { fetchFile } from './stored-files';

const parallelDownloads = 8;

/** Where a copy of a file of the lake is in a scratch folder. Files never change, so a copy stays valid. */
export const scratchCopy = (scratch: string, key: string): string => join(scratch, 'objects', key);

/** Copies files into scratch, under their keys; a file that is already there is not fetched again. Returns their paths. */
export async function fetchCopies(
	{ store, scratch }: { readonly store: ObjectStore; readonly scratch: string },
	files: readonly FileRef[],
): Promise<string[]> {
	return mapConcurrently(files, parallelDownloads, async (file) => {
		const path = scratchCopy(scratch, file.key);
		if (existsSync(path)) return path;
		await mkdir(dirname(path), { recursive: true });
		// Renamed when complete: a download that breaks off, or a concurrent one, never leaves a partial file under the key.
		const partial = `${path}.${randomBytes(4).toString('hex')}`;
		await fetchFile(store, file, partial);
		await rename(partial, path);
		return path;
	});
}

/** Keeps a local file that was uploaded under `key` as the copy that `fetchCopies` finds. */
export async function keepCopy(scratch: string, path: string, key: string): Promise<void> {
	const copy = scratchCopy(scratch, key);
	await mkdir(dirname(copy), { recursive: true });
	await link(path, copy);
}

/** A further name for a copy, below a folder that tells its partition. Returns its path. */
export async function placeCopy(scratch: string, copy: string, name: string): Promise<string> {
	const path = join(scratch, 'placed', name);
	if (existsSync(path)) return path;
	await mkdir(dirname(path), { recursive: true });
	await link(copy, path);
	return path;
}
