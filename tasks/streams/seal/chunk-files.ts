import { rm } from 'node:fs/promises';
import { ChunkWriter } from '../../pipeline/bronze';

/** Characters per write to the scratch disk. */
const blockLength = 1024 ** 2;

/**
 * Gathers texts from concurrent readers into few files. Each full file goes to `take`, one at a time, while the next one
 * is being filled; a reader that is faster than that waits.
 */
export class ChunkFiles {
	private texts: string[] = [];
	private length = 0;
	private readonly files: ChunkWriter;
	private writing: Promise<void> = Promise.resolve();
	private taking: Promise<void> = Promise.resolve();

	constructor(
		folder: string,
		/** Approximate size of a file. */
		chunkBytes: number,
		private readonly take: (path: string) => Promise<void>,
	) {
		this.files = new ChunkWriter(folder, chunkBytes);
	}

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
			await this.files.append(Buffer.from(block));
			if (this.files.isFull) await this.handOn();
		});
		return this.writing;
	}

	private async handOn(): Promise<void> {
		if (this.files.isEmpty) return;
		const { path } = this.files.finish();
		await this.taking;
		this.taking = this.take(path).then(() => rm(path));
		// A failure is thrown when the next file is handed on; until then it must not count as unhandled.
		this.taking.catch(() => undefined);
	}
}
