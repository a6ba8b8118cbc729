import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { MissingObjectError } from '../../tasks/lake/damage';
import type { ObjectStore, StoredObject } from '../../tasks/lake/store';

/** What a caller asks of a store; a listing's key is its prefix. */
export type Operation = 'getText' | 'putText' | 'createText' | 'download' | 'read' | 'upload' | 'list' | 'delete';

/** Where a test reaches into a store. Each call may wait, or throw to make the operation fail. */
export interface StoreHooks {
	/** Called before an operation takes effect: throwing means that it never happened. */
	readonly before?: (operation: Operation, key: string) => Promise<void> | void;
	/** Called after an operation took effect: throwing means that only its answer was lost. */
	readonly after?: (operation: Operation, key: string) => Promise<void> | void;
	/**
	 * Says that the answer of a `createText` that succeeds is lost. The SDK then asks again by itself and learns that the
	 * key is taken: the caller sees false, though the object is its own.
	 */
	readonly losesAnswer?: (key: string) => boolean;
}

interface Entry {
	readonly bytes: Buffer;
	readonly modified: Date;
}

export interface MemoryStoreOptions extends StoreHooks {
	/** Dates the objects; the machine's clock by default. */
	readonly clock?: () => Date;
}

/** An object store in memory that keeps the promises of `ObjectStore`, and breaks down where a test wants it to. */
export class MemoryStore implements ObjectStore {
	readonly traffic = { in: 0, out: 0 };
	private objects = new Map<string, Entry>();

	constructor(private readonly options: MemoryStoreOptions = {}) {}

	/** Another door to the same objects, with hooks and traffic of its own: what a second process sees. */
	door(hooks: StoreHooks): MemoryStore {
		const { clock } = this.options;
		const door = new MemoryStore({ ...(clock ? { clock } : {}), ...hooks });
		door.objects = this.objects;
		return door;
	}

	/** A store of its own that holds what this one holds now; without the hooks. */
	clone(): MemoryStore {
		const { clock } = this.options;
		const clone = new MemoryStore(clock ? { clock } : {});
		clone.objects = new Map(this.objects);
		return clone;
	}

	/** The keys under a prefix, in order; no hook hears of it. */
	keys(prefix = ''): string[] {
		return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(bytewise);
	}

	/** Every object as text, by key; no hook hears of it. */
	contents(prefix = ''): Record<string, string> {
		return Object.fromEntries(this.keys(prefix).map((key) => [key, this.objects.get(key)?.bytes.toString() ?? '']));
	}

	/** Changes the bytes of an object, as a fault of the disk would; no hook hears of it. */
	damage(key: string, change: (bytes: Buffer) => Buffer): void {
		const entry = this.objects.get(key);
		if (!entry) throw new Error(`there is no object ${key}`);
		this.objects.set(key, { ...entry, bytes: change(entry.bytes) });
	}

	async getText(key: string): Promise<string | undefined> {
		return this.perform('getText', key, () => {
			const bytes = this.objects.get(key)?.bytes;
			this.traffic.in += bytes?.length ?? 0;
			return bytes?.toString();
		});
	}

	async putText(key: string, text: string): Promise<void> {
		await this.perform('putText', key, () => this.put(key, Buffer.from(text)));
	}

	async createText(key: string, text: string): Promise<boolean> {
		return this.perform('createText', key, () => {
			if (this.objects.has(key)) return false;
			this.put(key, Buffer.from(text));
			return !this.options.losesAnswer?.(key);
		});
	}

	async download(key: string, path: string): Promise<void> {
		await writeFile(path, await this.readBytes('download', key));
	}

	async read(key: string): Promise<Readable> {
		return Readable.from(await this.readBytes('read', key), { objectMode: false });
	}

	async upload(path: string, key: string): Promise<number> {
		const bytes = await readFile(path);
		await this.perform('upload', key, () => this.put(key, bytes));
		return bytes.length;
	}

	async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
		const found = await this.perform('list', prefix, () =>
			this.keys(prefix)
				.filter((key) => bytewise(key, after) > 0)
				.map((key) => ({ key, entry: this.objects.get(key) as Entry })),
		);
		for (const { key, entry } of found) yield { key, bytes: entry.bytes.length, modified: entry.modified };
	}

	async delete(keys: readonly string[]): Promise<void> {
		for (const key of keys) await this.perform('delete', key, () => void this.objects.delete(key));
	}

	async now(): Promise<Date> {
		return this.options.clock?.() ?? new Date();
	}

	private async readBytes(operation: 'download' | 'read', key: string): Promise<Buffer> {
		const bytes = await this.perform(operation, key, () => this.objects.get(key)?.bytes);
		if (!bytes) throw new MissingObjectError(key);
		this.traffic.in += bytes.length;
		return bytes;
	}

	private put(key: string, bytes: Buffer): void {
		this.objects.set(key, { bytes, modified: this.options.clock?.() ?? new Date() });
		this.traffic.out += bytes.length;
	}

	/** `effect` is synchronous, so that nothing comes between its look and its write. */
	private async perform<T>(operation: Operation, key: string, effect: () => T): Promise<T> {
		await this.options.before?.(operation, key);
		const result = effect();
		await this.options.after?.(operation, key);
		return result;
	}
}

/** The order in which S3 lists keys: that of their UTF-8 bytes. */
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
