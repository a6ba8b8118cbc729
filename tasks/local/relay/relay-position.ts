import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { ConfigurationError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';

/** How far a relay has come in a table's stream. */
export interface Position {
	readonly format: 1;
	/** The stream; a table that is made anew has another one. */
	readonly stream: string;
	/** The sequence number of the last change that is relayed, by shard. */
	readonly shards: Readonly<Record<string, string>>;
}

/** The position at a path where it is of this stream; that of a relay which begins otherwise. Throws ConfigurationError. */
export async function readPosition(path: string, stream: string): Promise<Position> {
	const beginning: Position = { format: 1, stream, shards: {} };
	const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return undefined;
		throw new ConfigurationError(`The position ${path} can't be read (${error.code}). Name another by --position.`);
	});
	if (text === undefined) return beginning;
	try {
		const found = JSON.parse(text) as Position;
		return found.stream === stream && typeof found.shards === 'object' ? found : beginning;
	} catch {
		throw new ConfigurationError(
			`${path} is no position of 'orders relay'. Delete it, and all changes of the last day are relayed again, which is harmless.`,
		);
	}
}

/** Writes a position whole or not at all. Throws ConfigurationError where the folder takes no files. */
export async function writePosition(path: string, position: Position): Promise<void> {
	const unfinished = `${path}.${process.pid}.tmp`;
	try {
		await writeFile(unfinished, `${JSON.stringify(position)}\n`);
		await rename(unfinished, path);
	} catch (error) {
		await rm(unfinished, { force: true }).catch(() => undefined);
		const { code } = error as NodeJS.ErrnoException;
		// A full disk may be less full later.
		if (isRetryable(error)) throw error;
		throw new ConfigurationError(`The position ${path} can't be written (${code}). Name another by --position.`);
	}
}
