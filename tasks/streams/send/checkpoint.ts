import { open, readFile, rename, rm } from 'node:fs/promises';
import { ConfigurationError, UsageError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';

/** The progress of a run: for each source, the line up to which Firehose has taken everything. */
export interface Checkpoint {
	readonly format: 1;
	readonly stream: string;
	/** The sources as given: a run resumes only from a checkpoint of its own sources. */
	readonly sources: readonly string[];
	readonly lines: Readonly<Record<string, number>>;
}

/**
 * Reads the checkpoint that an interrupted run left at a path; undefined if there is none. Throws UsageError if it belongs
 * to another stream or other sources, ConfigurationError if it can't be read.
 */
export async function readCheckpoint(
	path: string,
	{ stream, sources }: Pick<Checkpoint, 'stream' | 'sources'>,
): Promise<Checkpoint | undefined> {
	const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return undefined;
		throw new ConfigurationError(`The checkpoint ${path} can't be read (${error.code}). Name another by --checkpoint.`);
	});
	if (text === undefined) return undefined;
	const found = parseCheckpoint(text);
	if (!found) {
		throw new ConfigurationError(`${path} is not a checkpoint of 'stream send'. Name another file by --checkpoint.`);
	}
	if (found.stream === stream && found.sources.join('\n') === sources.join('\n')) return found;
	throw new UsageError(
		`The checkpoint ${path} belongs to an interrupted run that sent ${found.sources.join(', ')} to ${found.stream}. Finish that run with its own command, delete the file, or name another by --checkpoint.`,
	);
}

/** Writes a checkpoint atomically. Throws ConfigurationError if the folder isn't writable. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
	const unfinished = `${path}.${process.pid}.tmp`;
	try {
		const handle = await open(unfinished, 'w');
		try {
			await handle.writeFile(`${JSON.stringify(checkpoint)}\n`);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(unfinished, path);
	} catch (error) {
		await rm(unfinished, { force: true }).catch(() => undefined);
		const { code } = error as NodeJS.ErrnoException;
		// A full disk may have room later.
		if (isRetryable(error)) throw error;
		throw new ConfigurationError(
			`The checkpoint ${path} can't be written (${code}). Name a file in a writable folder by --checkpoint.`,
		);
	}
}

/** Deletes a checkpoint: a completed run leaves none. */
export const removeCheckpoint = (path: string): Promise<void> => rm(path, { force: true });

function parseCheckpoint(text: string): Checkpoint | undefined {
	try {
		const value = JSON.parse(text) as Checkpoint | null;
		return value?.format === 1 && typeof value.lines === 'object' && Array.isArray(value.sources) ? value : undefined;
	} catch {
		return undefined;
	}
}
