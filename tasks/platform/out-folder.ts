import { mkdir } from 'node:fs/promises';
import { UsageError } from './errors';

/** Makes the folder that `--out` names; throws UsageError where there can't be one. */
export async function makeOutFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
		throw refusedAt(folder, error);
	});
}

/** What a failure to write into the folder of `--out` is: the user's to mend, but for a full disk. */
export function refusedAt(folder: string, error: NodeJS.ErrnoException): Error {
	if (!/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|ENOENT|ENAMETOOLONG|ELOOP)$/.test(error.code ?? '')) return error;
	return new UsageError(`--out ${folder}: nothing can be written there (${error.code}). Name a folder of your own.`);
}
