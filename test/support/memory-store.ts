import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { MissingObjectError, MissingVersionError } from '../../tasks/lake/damage';
import type {
	ObjectStore,
	ObjectTag,
	ObjectVersion,
	StoredObject,
	StoredVersion,
	TextObject,
} from '../../tasks/lake/object-store';

/** What a caller asks of a store; the key of a listing is its prefix, that of a copy its target. */
export type Operation = Exclude<keyof ObjectStore, 'now' | 'traffic'>;

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
	readonly version: string;
	/** Undefined where the object was deleted. */
	readonly bytes: Buffer | undefined;
	readonly modified: Date;
	readonly tag?: ObjectTag;
}
type Present = Entry & { readonly bytes: Buffer };

export interface MemoryStoreOptions extends StoreHooks {
	/** Dates the objects; the machine's clock by default. */
	readonly clock?: () => Date;
	/** The name of the bucket. */
	readonly bucket?: string;
	/** Buckets that objects can be copied into, by name. */
	readonly others?: Readonly<Record<string, MemoryStore>>;
}

/**
 * A bucket in memory that keeps versions and the promises of `ObjectStore`, and breaks down where a test wants it to.
 * test/unit/lake/object-store.test.ts holds it to the same tests as S3.
 */
export class MemoryStore implements ObjectStore {
	readonly traffic = { in: 0, out: 0 };
	/** The versions of each key, oldest first. */
	private objects = new Map<string, readonly Entry[]>();
	/** Counts the versions of all keys. */
	private counter = { written: 0 };

	constructor(private readonly options: MemoryStoreOptions = {}) {}

	/** Another door to the same objects, with hooks and traffic of its own: what a second process sees. */
	door(hooks: StoreHooks): MemoryStore {
		const door = new MemoryStore({ ...this.withoutHooks(), ...hooks });
		door.objects = this.objects;
		door.counter = this.counter;
		return door;
	}

	/** A store of its own that holds what this one holds now; without the hooks. */
	clone(): MemoryStore {
		const clone = new MemoryStore(this.withoutHooks());
		clone.objects = new Map(this.objects);
		clone.counter = { ...this.counter };
		return clone;
	}

	/** The keys under a prefix, in order; no hook hears of it. */
	keys(prefix = ''): string[] {
		return [...this.objects.keys()].filter((key) => key.startsWith(prefix) && this.present(key)).sort(bytewise);
	}

	/** Every object as text, by key; no hook hears of it. */
	contents(prefix = ''): Record<string, string> {
		return Object.fromEntries(this.keys(prefix).map((key) => [key, this.present(key)?.bytes.toString() ?? '']));
	}

	/** The keys of objects that have a tag; no hook hears of it. */
	tagged(prefix: string, { key, value }: ObjectTag): string[] {
		return this.keys(prefix).filter((name) => {
			const tag = this.present(name)?.tag;
			return tag?.key === key && tag.value === value;
		});
	}

	/** Puts an object there, as somebody else would; no hook hears of it. */
	place(key: string, content: string | Buffer): void {
		this.write(key, typeof content === 'string' ? Buffer.from(content) : content);
	}

	/** Changes the bytes of an object, as a fault of the disk would; no hook hears of it. */
	damage(key: string, change: (bytes: Buffer) => Buffer): void {
		const entry = this.present(key);
		if (!entry) throw new Error(`there is no object ${key}`);
		this.objects.set(key, [...this.versions(key).slice(0, -1), { ...entry, bytes: change(entry.bytes) }]);
	}

	async getText(key: string): Promise<string | undefined> {
		return (await this.getObject('getText', key))?.text;
	}

	getTextObject(key: string): Promise<TextObject | undefined> {
		return this.getObject('getTextObject', key);
	}

	async putText(key: string, text: string): Promise<void> {
		await this.perform('putText', key, () => this.put(key, Buffer.from(text)));
	}

	async putBytes(key: string, bytes: Buffer): Promise<void> {
		await this.perform('putBytes', key, () => this.put(key, bytes));
	}

	createText(key: string, text: string): Promise<boolean> {
		return this.perform('createText', key, () => {
			if (this.present(key)) return false;
			this.put(key, Buffer.from(text));
			return !this.options.losesAnswer?.(key);
		});
	}

	replaceText(key: string, text: string, etag: string): Promise<boolean> {
		return this.perform('replaceText', key, () => {
			if (!this.has(key, etag)) return false;
			this.put(key, Buffer.from(text));
			return true;
		});
	}

	async download(key: string, path: string): Promise<void> {
		await writeFile(path, await this.getBytes('download', key));
	}

	async read(key: string, version?: string): Promise<Readable> {
		return Readable.from([await this.getBytes('read', key, version)], { objectMode: false });
	}

	async upload(path: string, key: string): Promise<number> {
		const bytes = await readFile(path);
		await this.perform('upload', key, () => this.put(key, bytes));
		return bytes.length;
	}

	copy(
		{ key, version }: { readonly key: string; readonly version?: string },
		{ bucket = this.bucket, key: target }: { readonly bucket?: string; readonly key: string },
	): Promise<void> {
		const into = bucket === this.bucket ? this : this.options.others?.[bucket];
		if (!into) throw new Error(`the test has no bucket ${bucket}`);
		return this.perform('copy', target, () => into.write(target, this.find(key, version)));
	}

	async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
		const found = await this.perform('list', prefix, () =>
			this.keys(prefix)
				.filter((key) => bytewise(key, after) > 0)
				.flatMap((key) => ({ key, ...(this.present(key) as Present) })),
		);
		for (const { key, bytes, modified } of found) yield { key, bytes: bytes.length, modified };
	}

	async *listVersions(prefix: string): AsyncIterable<ObjectVersion> {
		yield* await this.perform('listVersions', prefix, () =>
			this.keys(prefix)
				.filter((key) => !key.slice(prefix.length).includes('/'))
				.map((key) => {
					const { version, bytes, modified } = this.present(key) as Present;
					return { key, version, etag: md5Etag(bytes), bytes: bytes.length, modified };
				}),
		);
	}

	async *listAllVersions(prefix: string): AsyncIterable<StoredVersion> {
		const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(bytewise);
		yield* await this.perform('listAllVersions', prefix, () =>
			keys.flatMap((key) =>
				[...this.versions(key)].reverse().map(({ version, bytes, modified }, place) => ({
					...{ key, version, modified, bytes: bytes?.length ?? 0 },
					...{ isNewest: place === 0, isDeleteMarker: bytes === undefined },
				})),
			),
		);
	}

	async deleteVersions(versions: readonly Pick<StoredVersion, 'key' | 'version'>[]): Promise<void> {
		for (const { key, version } of versions) {
			await this.perform('deleteVersions', key, () => {
				const left = this.versions(key).filter((entry) => entry.version !== version);
				if (left.length > 0) this.objects.set(key, left);
				else this.objects.delete(key);
			});
		}
	}

	/** Every version as bytes, with its key; no hook hears of it. */
	allVersions(): { readonly key: string; readonly bytes: Buffer }[] {
		return [...this.objects].flatMap(([key, entries]) =>
			entries.flatMap(({ bytes }) => (bytes ? [{ key, bytes }] : [])),
		);
	}

	tag(key: string, tag: ObjectTag): Promise<boolean> {
		return this.perform('tag', key, () => {
			const entry = this.present(key);
			if (entry) this.objects.set(key, [...this.versions(key).slice(0, -1), { ...entry, tag }]);
			return entry !== undefined;
		});
	}

	async delete(keys: readonly string[]): Promise<void> {
		for (const key of keys) await this.perform('delete', key, () => this.remove(key));
	}

	deleteIf(key: string, etag: string): Promise<boolean> {
		return this.perform('deleteIf', key, () => {
			if (!this.has(key, etag)) return false;
			this.remove(key);
			return true;
		});
	}

	async now(): Promise<Date> {
		return this.options.clock?.() ?? new Date();
	}

	private get bucket(): string {
		return this.options.bucket ?? 'lake';
	}

	private withoutHooks(): MemoryStoreOptions {
		const { before, after, losesAnswer, ...others } = this.options;
		return others;
	}

	private versions(key: string): readonly Entry[] {
		return this.objects.get(key) ?? [];
	}

	private present(key: string): Present | undefined {
		const newest = this.versions(key).at(-1);
		return newest?.bytes && (newest as Present);
	}

	private has(key: string, etag: string): boolean {
		const found = this.present(key);
		return found !== undefined && md5Etag(found.bytes) === etag;
	}

	/** The bytes of an object or a version; throws where there is none. */
	private find(key: string, version?: string): Buffer {
		const found =
			version === undefined ? this.present(key) : this.versions(key).find((entry) => entry.version === version);
		if (found?.bytes) return found.bytes;
		throw version === undefined ? new MissingObjectError(key) : new MissingVersionError(key, version);
	}

	private getObject(operation: Operation, key: string): Promise<TextObject | undefined> {
		return this.perform(operation, key, () => {
			const bytes = this.present(key)?.bytes;
			if (!bytes) return undefined;
			this.traffic.in += bytes.length;
			return { text: bytes.toString(), etag: md5Etag(bytes) };
		});
	}

	private async getBytes(operation: Operation, key: string, version?: string): Promise<Buffer> {
		const bytes = await this.perform(operation, key, () => this.find(key, version));
		this.traffic.in += bytes.length;
		return bytes;
	}

	private put(key: string, bytes: Buffer): void {
		this.write(key, bytes);
		this.traffic.out += bytes.length;
	}

	private remove(key: string): void {
		if (this.present(key)) this.write(key, undefined);
	}

	private write(key: string, bytes: Buffer | undefined): void {
		const before = this.versions(key);
		const modified = this.options.clock?.() ?? new Date();
		this.objects.set(key, [...before, { version: `v${++this.counter.written}`, bytes, modified }]);
	}

	/** `effect` is synchronous, so that nothing comes between its look and its write. */
	private async perform<T>(operation: Operation, key: string, effect: () => T): Promise<T> {
		await this.options.before?.(operation, key);
		const result = effect();
		await this.options.after?.(operation, key);
		return result;
	}
}

const surrogate = /[\ud800-\udfff]/;
/** The order in which S3 lists keys: that of their UTF-8 bytes. JavaScript's own is another one only with surrogates. */
const bytewise = (a: string, b: string): number => {
	if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
	return a < b ? -1 : Number(a > b);
};
const md5Etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
