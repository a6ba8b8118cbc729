import { open, readFile, rename, rm } from 'node:fs/promises';
import { ConfigurationError, UsageError } from '../../platform/errors';
import { isRetryable } from '../../platform/failure';
import type { SourceRecord } from './source-records';

/** How far a run has come: of each source, the lines up to which Firehose has taken everything. */
export interface Checkpoint {
	readonly format: 1;
	readonly stream: string;
	/** The sources as given: another run must not take this one's place for its own. */
	readonly sources: readonly string[];
	readonly lines: Readonly<Record<string, number>>;
}

/**
 * What an interrupted run has left at a path; undefined where there is nothing. Throws UsageError where it belongs to
 * another stream or other sources, ConfigurationError where it can't be read.
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
	const found = parsed(text);
	if (!found) {
		throw new ConfigurationError(`${path} is no checkpoint of 'stream send'. Name another file by --checkpoint.`);
	}
	if (found.stream === stream && found.sources.join('\n') === sources.join('\n')) return found;
	throw new UsageError(
		`The checkpoint ${path} is of an interrupted run that sent ${found.sources.join(', ')} to ${found.stream}. Finish that run by its own command, delete the file, or name another by --checkpoint.`,
	);
}

/** Writes a checkpoint whole or not at all. Throws ConfigurationError where the folder takes no files. */
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
		// A full disk may be less full later.
		if (isRetryable(error)) throw error;
		throw new ConfigurationError(
			`The checkpoint ${path} can't be written (${code}). Name a file in a folder that can be written to by --checkpoint.`,
		);
	}
}

/** Takes a checkpoint away: a run that is through leaves none. */
export const removeCheckpoint = (path: string): Promise<void> => rm(path, { force: true });

function parsed(text: string): Checkpoint | undefined {
	try {
		const value = JSON.parse(text) as Checkpoint | null;
		return value?.format === 1 && typeof value.lines === 'object' && Array.isArray(value.sources) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** One batch under way: the last line of each source that it holds. */
interface UnderWay {
	readonly lines: ReadonlyMap<string, number>;
	taken: boolean;
}

/**
 * Knows how far everything has been taken while batches overtake each other: a line counts when its batch and all before
 * it are taken.
 */
export class Reach {
	private readonly reached: Map<string, number>;
	private readonly underWay: UnderWay[] = [];

	constructor(lines: Readonly<Record<string, number>>) {
		this.reached = new Map(Object.entries(lines));
	}

	/** Notes the next batch; call the function returned when all of it is taken. */
	begin(batch: readonly SourceRecord[]): () => void {
		const entry: UnderWay = { lines: new Map(batch.map(({ file, line }) => [file, line])), taken: false };
		this.underWay.push(entry);
		return () => {
			entry.taken = true;
			while (this.underWay[0]?.taken) {
				for (const [file, line] of this.underWay.shift()?.lines ?? []) this.reached.set(file, line);
			}
		};
	}

	/** The last line of a source up to which all is taken; 0 where nothing is. */
	of(source: string): number {
		return this.reached.get(source) ?? 0;
	}

	/** The same of all sources. */
	get lines(): Record<string, number> {
		return Object.fromEntries(this.reached);
	}
}
