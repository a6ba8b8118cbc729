import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineSink } from './day';
import { encoders, type FileFormat } from './encode';
import type { GeneratedDataset } from './generated-datasets';

/** A file that was written. */
export interface GeneratedFile {
	readonly dataset: GeneratedDataset;
	/** Relative to the folder: `orders-0000.ndjson`. */
	readonly name: string;
	readonly path: string;
	/** Lines without the CSV header, dirt included. */
	readonly records: number;
	readonly bytes: number;
}

/** Characters joined as text before they are encoded; longer texts outlive the garbage collector's young generation. */
const textLength = 16 * 1024;
/** Bytes written at once. */
const writeBytes = 1024 ** 2;
/** A file of this size is closed, and the next one begins. */
const fileBytes = 64 * 1024 ** 2;

/** Writes each dataset's lines into files of about 64 MB: `orders-0000.ndjson`, `orders-0001.ndjson`, … */
export class FileSink implements LineSink {
	private readonly writers: Readonly<Record<GeneratedDataset, DatasetFiles>>;
	full = false;

	constructor(
		folder: string,
		format: FileFormat,
		private readonly datasets: readonly GeneratedDataset[],
	) {
		const newFiles = (dataset: GeneratedDataset) => new DatasetFiles(dataset, folder, format);
		this.writers = {
			orders: newFiles('orders'),
			order_items: newFiles('order_items'),
			products: newFiles('products'),
			events: newFiles('events'),
		};
	}

	write(dataset: GeneratedDataset, line: string): void {
		if (this.writers[dataset].append(line) >= writeBytes) this.full = true;
	}

	async drain(): Promise<void> {
		this.full = false;
		for (const dataset of this.datasets) await this.writers[dataset].drain();
	}

	/** Closes and returns all files; every dataset has records, and so at least one file. */
	async close(): Promise<GeneratedFile[]> {
		const files: GeneratedFile[] = [];
		for (const dataset of this.datasets) files.push(...(await this.writers[dataset].close()));
		return files;
	}
}

class DatasetFiles {
	private readonly files: GeneratedFile[] = [];
	private readonly header: string;
	private text = '';
	private waiting: Buffer[] = [];
	private waitingBytes = 0;
	private handle: FileHandle | undefined;
	private records = 0;
	private bytes = 0;

	constructor(
		private readonly dataset: GeneratedDataset,
		private readonly folder: string,
		private readonly format: FileFormat,
	) {
		const header = encoders[format].header(dataset);
		this.header = header === null ? '' : `${header}\n`;
	}

	/** Appends a line; returns about how many bytes are waiting to be written. */
	append(line: string): number {
		if (this.records === 0) this.text = this.header;
		this.text += `${line}\n`;
		this.records++;
		if (this.text.length >= textLength) this.encode();
		return this.waitingBytes;
	}

	async drain(): Promise<void> {
		this.encode();
		if (this.waitingBytes === 0) return;
		this.handle ??= await open(join(this.folder, this.name), 'w');
		await this.handle.writeFile(Buffer.concat(this.waiting));
		this.bytes += this.waitingBytes;
		this.waiting = [];
		this.waitingBytes = 0;
		if (this.bytes >= fileBytes) await this.finish();
	}

	async close(): Promise<GeneratedFile[]> {
		await this.drain();
		await this.finish();
		return this.files;
	}

	private get name(): string {
		return `${this.dataset}-${String(this.files.length).padStart(4, '0')}.${this.format}`;
	}

	private encode(): void {
		if (this.text === '') return;
		const bytes = Buffer.from(this.text);
		this.text = '';
		this.waiting.push(bytes);
		this.waitingBytes += bytes.length;
	}

	private async finish(): Promise<void> {
		if (!this.handle) return;
		await this.handle.close();
		const { dataset, records, bytes, name, folder } = this;
		this.files.push({ dataset, name, path: join(folder, name), records, bytes });
		this.handle = undefined;
		this.records = 0;
		this.bytes = 0;
	}
}
