import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ConfigurationError, DataRefusedError } from '../../platform/errors';

/** Names that begin with `.` or `_` are bookkeeping, such as `_temporary/`, not data. */
export const isHiddenName = (name: string): boolean => /^[._]/.test(name);

/** The content of a folder, as local paths. */
export interface FolderContent {
	/** Each file once, however many links lead to it. */
	readonly files: readonly string[];
	/** Hidden files, and hidden folders (with a slash) that no link of the others leads into. */
	readonly hidden: readonly string[];
}

/**
 * Walks a folder and all folders below it, following symbolic links; hidden folders are not entered. Throws
 * DataRefusedError for a link to nothing, or to a folder that contains the link.
 */
export async function walkFolder(root: string): Promise<FolderContent> {
	const files = new Map<string, string>();
	const hidden = new Map<string, string>();
	const walk = async (folder: string, above: readonly string[]): Promise<void> => {
		const real = await realpath(folder);
		if (above.includes(real)) {
			throw new DataRefusedError(
				`${folder} is a symbolic link to ${real}, a folder that it lies in. Remove the link, or name the folders that hold the files.`,
			);
		}
		const entries = await readdir(folder, { withFileTypes: true }).catch((error) => unreadable(folder, error));
		for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
			const path = join(folder, entry.name);
			if (isHiddenName(entry.name)) {
				if (!entry.isSymbolicLink()) hidden.set(join(real, entry.name), entry.isDirectory() ? `${path}/` : path);
				continue;
			}
			const found = await stat(path).catch((error) => brokenLink(path, error));
			if (found.isDirectory()) await walk(path, [...above, real]);
			else {
				const target = await realpath(path);
				if (!files.has(target)) files.set(target, path);
			}
		}
	};
	await walk(root, []);
	// Kubernetes mounts the files of a volume as links into a hidden folder.
	for (const place of hidden.keys()) {
		if ([...files.keys()].some((target) => target === place || target.startsWith(place + sep))) hidden.delete(place);
	}
	return { files: [...files.values()], hidden: [...hidden.values()] };
}

/**
 * Opens a file; throws ConfigurationError where this user may not read it, and DataRefusedError for a pipe or a device: these
 * can be read once at most, and a pipe that nobody writes to would be waited for.
 */
export async function openFile(path: string): Promise<FileHandle> {
	const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error) =>
		unreadable(path, error),
	);
	if ((await file.stat()).isFile()) return file;
	await file.close();
	throw new DataRefusedError(`${path} is a pipe or a device, not a file. Write what it gives to a file first.`);
}

/** Throws the error of reading a local path; as ConfigurationError where reading is not permitted. */
export function unreadable(path: string, error: NodeJS.ErrnoException): never {
	if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
	throw new ConfigurationError(`${path} may not be read (${error.code}). Let user ${process.getuid?.()} read it.`);
}

function brokenLink(path: string, error: NodeJS.ErrnoException): never {
	const why = { ENOENT: 'to nothing', ELOOP: 'to itself' }[error.code ?? ''];
	if (why === undefined) unreadable(path, error);
	throw new DataRefusedError(`${path} is a symbolic link ${why}. Repair the link, or remove it.`);
}
