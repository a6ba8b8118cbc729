import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DropStore, FileVersion, TextObject } from '../../tasks/filedrop/drop-store';
import { DataRefusedError } from '../../tasks/platform/errors';
import type { MemoryStore } from './memory-store';

interface Version {
	readonly version: string;
	/** Null where the object was removed: its versions stay. */
	readonly text: string | null;
	readonly modified: Date;
}

/**
 * A bucket in memory that keeps versions, as `DropStore` promises. What is copied into the landing zone arrives in the
 * lake's own store. `after` is called when an operation has taken effect: throwing there is a process that dies.
 */
export class MemoryDropStore implements DropStore {
	private readonly objects = new Map<string, Version[]>();
	private count = 0;

	constructor(
		private readonly lake: MemoryStore,
		private readonly clock: () => Date,
		public after: (operation: string, key: string) => void = () => undefined,
	) {}

	/** What a user does; no hook hears of it. */
	drop(key: string, text: string): void {
		this.put(key, text);
	}

	/** The current objects under a prefix, by key; no hook hears of it. */
	contents(prefix = ''): Record<string, string> {
		const found: Record<string, string> = {};
		for (const key of [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort()) {
			const text = this.newest(key)?.text;
			if (text !== undefined && text !== null) found[key] = text;
		}
		return found;
	}

	async current(prefix: string): Promise<FileVersion[]> {
		return this.done('current', prefix, () =>
			Object.entries(this.contents(prefix))
				.filter(([key]) => !key.slice(prefix.length).includes('/'))
				.map(([key, text]) => {
					const { version, modified } = this.newest(key) as Version;
					return { key, version, etag: md5Etag(text), bytes: text.length, modified };
				}),
		);
	}

	async keys(prefix: string): Promise<string[]> {
		return this.done('keys', prefix, () => Object.keys(this.contents(prefix)));
	}

	async read({ key, version }: Pick<FileVersion, 'key' | 'version'>): Promise<Readable> {
		return this.done('read', key, () => Readable.from([Buffer.from(this.readText(key, version))]));
	}

	async getText(key: string): Promise<TextObject | undefined> {
		return this.done('getText', key, () => {
			const text = this.newest(key)?.text;
			return text === undefined || text === null ? undefined : { text, etag: md5Etag(text) };
		});
	}

	async createText(key: string, text: string): Promise<boolean> {
		return this.done('createText', key, () => this.isGone(key) && this.put(key, text));
	}

	async replaceText(key: string, text: string, etag: string): Promise<boolean> {
		return this.done('replaceText', key, () => this.has(key, etag) && this.put(key, text));
	}

	async putText(key: string, text: string): Promise<void> {
		await this.done('putText', key, () => this.put(key, text));
	}

	async copy(
		{ key, version }: Pick<FileVersion, 'key' | 'version'>,
		to: { readonly bucket?: string; readonly key: string },
	): Promise<void> {
		const text = this.readText(key, version);
		if (to.key.startsWith('landing/')) await this.lake.putText(to.key, text);
		else this.put(to.key, text);
		await this.done('copy', to.key, () => undefined);
	}

	async removeIf(key: string, etag: string): Promise<boolean> {
		return this.done('removeIf', key, () => this.has(key, etag) && this.put(key, null));
	}

	async remove(keys: readonly string[]): Promise<void> {
		for (const key of keys) await this.done('remove', key, () => this.isGone(key) || this.put(key, null));
	}

	private newest(key: string): Version | undefined {
		return this.objects.get(key)?.at(-1);
	}

	private isGone(key: string): boolean {
		return (this.newest(key)?.text ?? null) === null;
	}

	private has(key: string, etag: string): boolean {
		const text = this.newest(key)?.text ?? null;
		return text !== null && md5Etag(text) === etag;
	}

	private readText(key: string, version: string): string {
		const text = this.objects.get(key)?.find((found) => found.version === version)?.text;
		if (text === undefined || text === null) throw new DataRefusedError(`${key}: there is no version ${version}`);
		return text;
	}

	private put(key: string, text: string | null): true {
		const version = { version: `v${++this.count}`, text, modified: this.clock() };
		this.objects.set(key, [...(this.objects.get(key) ?? []), version]);
		return true;
	}

	/** The effect comes at once, so that nothing gets between its look and its write. */
	private async done<T>(operation: string, key: string, effect: () => T): Promise<T> {
		const result = effect();
		this.after(operation, key);
		return result;
	}
}

const md5Etag = (text: string): string => `"${createHash('md5').update(text).digest('hex')}"`;
