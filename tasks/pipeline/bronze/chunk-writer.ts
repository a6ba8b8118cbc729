import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Separates the parts of a line of a chunk; no JSON text has this byte. */
export const numberSeparator = '\x01';

/** A record of a chunk that says each record's line. */
export interface NumberedRecord {
	readonly line: number;
	/** As JSON; absent if it can't be parsed. */
	readonly json?: string;
	/** Its own text. */
	readonly raw: string;
	/** Why it can't be parsed. */
	readonly fault?: string;
}

/** A record's line of a numbered chunk. */
export const numberedLine = ({ line, json = '', raw, fault = '' }: NumberedRecord): string =>
	`${[line, json, JSON.stringify(raw), fault].join(numberSeparator)}\n`;

/** DuckDB works on so many rows at once, and then holds each text of theirs in memory several times over. */
const rowsAtOnce = 2048;

/** Writes texts to files, one file after the other. */
export class ChunkWriter {
	private number = 0;
	private bytes = 0;
	private firstLine = 1;
	private longestLine = 0;

	constructor(
		private readonly folder: string,
		/** The usual size of a file. */
		private readonly chunkBytes: number,
		/** The files' names begin so. */
		private readonly name = 'chunk',
	) {}

	/**
	 * Adds lines to the present file: the number of their first one, the bytes of the longest, and those that count for the
	 * file's size.
	 */
	async append(lines: Buffer, { firstLine = 1, longestLine = 0, bytes = lines.length } = {}): Promise<void> {
		await appendFile(this.path(), lines);
		if (this.isEmpty) this.firstLine = firstLine;
		this.bytes += bytes;
		this.longestLine = Math.max(this.longestLine, longestLine);
	}

	get isEmpty(): boolean {
		return this.bytes === 0;
	}

	get isFull(): boolean {
		const areLong = this.longestLine * rowsAtOnce > this.chunkBytes / 4;
		return this.bytes >= (areLong ? this.chunkBytes / 8 : this.chunkBytes);
	}

	/** The present file; what is added from now on goes to the next one. */
	finish(): { path: string; firstLine: number; longestLine: number } {
		const file = { path: this.path(), firstLine: this.firstLine, longestLine: this.longestLine };
		this.number++;
		this.bytes = 0;
		this.longestLine = 0;
		return file;
	}

	private path(): string {
		return join(this.folder, `${this.name}-${this.number}`);
	}
}
