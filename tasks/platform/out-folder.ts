import { mkdir } from 'node:fs/promises';
import { UsageError } from './errors';

/** Creates the folder that `--out` names; throws UsageError if that is not possible. */
export async function makeOutFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
		throw refusedAt(folder, error);
	});
}

/** The error for a failed write to the folder of `--out`: a UsageError that the user can fix, unless the disk is full. */
export function refusedAt(folder: string, error: NodeJS.ErrnoException): Error {
	if (!/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|ENOENT|ENAMETOOLONG|ELOOP)$/.test(error.code ?? '')) return error;
	return new UsageError(`--out ${folder}: nothing can be written there (${error.code}). Name a folder of your own.`);
}
