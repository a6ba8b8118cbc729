import type { Readable } from 'node:stream';

/** An object of the store as a listing names it. */
export interface StoredObject {
	readonly key: string;
	readonly bytes: number;
	readonly modified: Date;
}

/**
 * The little that the lake asks of an object store. `S3Store` is the real one; tests that need thousands of lakes
 * bring one in memory, which keeps the same promises.
 */
export interface ObjectStore {
	/** The text of an object; undefined where there is none. */
	getText(key: string): Promise<string | undefined>;
	/** Writes an object whether or not it exists. */
	putText(key: string, text: string): Promise<void>;
	/**
	 * Creates an object; false where the key is taken (HTTP 412): by another writer, or by an earlier try of this very
	 * write whose answer was lost. Throws TryAgainError where writers keep each other from it (HTTP 409).
	 */
	createText(key: string, text: string): Promise<boolean>;
	/** Copies an object into a local file; throws MissingObjectError where there is none. */
	download(key: string, path: string): Promise<void>;
	/** The bytes of an object; throws MissingObjectError where there is none. */
	read(key: string): Promise<Readable>;
	/** Copies a local file into an object; returns its size in bytes. */
	upload(path: string, key: string): Promise<number>;
	/** The objects under a prefix in key order, from behind `after` on. */
	list(prefix: string, after?: string): AsyncIterable<StoredObject>;
	/** Deletes objects; a key that does not exist is no error. */
	delete(keys: readonly string[]): Promise<void>;
	/** The store's own time, which dates its objects; to the second. */
	now(): Promise<Date>;
	/** Bytes moved since the store was made. */
	readonly traffic: { in: number; out: number };
}
