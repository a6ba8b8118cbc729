import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Characters per write to the scratch disk. */
const blockLength = 1024 ** 2;

/**
 * Gathers texts from concurrent readers into few files. Each full file goes to `take`, one at a time, while the next one
 * is being filled; a reader that is faster than that waits.
 */
export class ChunkFiles {
	private texts: string[] = [];
	private length = 0;
	private fileLength = 0;
	private files = 0;
	private writing: Promise<void> = Promise.resolve();
	private taking: Promise<void> = Promise.resolve();

	constructor(
		private readonly folder: string,
		/** Approximate, in characters. */
		private readonly chunkLength: number,
		private readonly take: (path: string) => Promise<void>,
	) {}

	/** Adds a text; resolves when there is room for more. */
	async add(text: string): Promise<void> {
		this.texts.push(text);
		this.length += text.length;
		if (this.length >= blockLength) await this.write();
	}

	/** Hands on the last file; resolves when all files are taken. */
	async end(): Promise<void> {
		await this.write();
		await this.handOn();
		await this.taking;
	}

	private write(): Promise<void> {
		const block = this.texts.join('');
		this.texts = [];
		this.length = 0;
		this.writing = this.writing.then(async () => {
			if (block === '') return;
			await appendFile(this.path(), block);
			this.fileLength += block.length;
			if (this.fileLength >= this.chunkLength) await this.handOn();
		});
		return this.writing;
	}

	private async handOn(): Promise<void> {
		if (this.fileLength === 0) return;
		const path = this.path();
		this.files++;
		this.fileLength = 0;
		await this.taking;
		this.taking = this.take(path).then(() => rm(path));
		// A failure is thrown when the next file is handed on; until then it must not count as unhandled.
		this.taking.catch(() => undefined);
	}

	private path(): string {
		return join(this.folder, `chunk-${this.files}`);
	}
}
