import type { Readable } from 'node:stream';

/** An object of the store as a listing names it. */
export interface StoredObject {
	readonly key: string;
	readonly bytes: number;
	readonly modified: Date;
}

/** One version of an object: its bytes never change. */
export interface ObjectVersion extends StoredObject {
	readonly version: string;
	/** As S3 writes it, with its quotes. */
	readonly etag: string;
}

/** One version of an object in a full listing, or the delete marker of one. */
export interface StoredVersion extends StoredObject {
	readonly version: string;
	/** Whether it is what a reader of the key gets. */
	readonly isNewest: boolean;
	readonly isDeleteMarker: boolean;
}

/** A tag of an object, which rules of the bucket can refer to. */
export interface ObjectTag {
	readonly key: string;
	readonly value: string;
}

/** A small object, and the etag by which it can be replaced or deleted unless somebody else has done so. */
export interface TextObject {
	readonly text: string;
	readonly etag: string;
}

/**
 * What the lake and the file drop ask of a bucket. `S3Store` is the real one; tests that need thousands of buckets use one
 * in memory, and one set of tests holds both to these promises.
 */
export interface ObjectStore {
	/** The text of an object; undefined if there is none. */
	getText(key: string): Promise<string | undefined>;
	/** The text of an object with its etag; undefined if there is none. */
	getTextObject(key: string): Promise<TextObject | undefined>;
	/** Writes an object whether or not it exists. `type` is what a browser shall take it for. */
	putText(key: string, text: string, type?: string): Promise<void>;
	putBytes(key: string, bytes: Buffer): Promise<void>;
	/**
	 * Creates an object; false if the key is taken (HTTP 412): by another writer, or by an earlier try of this very
	 * write whose answer was lost. Throws TryAgainError if writers keep each other from it (HTTP 409).
	 */
	createText(key: string, text: string): Promise<boolean>;
	/** Replaces an object that has this etag; false if it has another one (perhaps by this very write) or is gone. Throws as `createText`. */
	replaceText(key: string, text: string, etag: string): Promise<boolean>;
	/** Copies an object into a local file; throws MissingObjectError if there is none. */
	download(key: string, path: string): Promise<void>;
	/**
	 * The bytes of an object, or of one version of it. Throws MissingObjectError if there is no object, MissingVersionError
	 * if the version was deleted.
	 */
	read(key: string, version?: string): Promise<Readable>;
	/** Copies a local file into an object; returns its size in bytes. */
	upload(path: string, key: string): Promise<number>;
	/**
	 * Copies an object, or one version of it, within the store, by default within its bucket. The copy has no tags. Throws
	 * as `read`.
	 */
	copy(
		source: { readonly key: string; readonly version?: string },
		target: { readonly bucket?: string; readonly key: string },
	): Promise<void>;
	/** The objects under a prefix in key order; with `after`, only those with greater keys. */
	list(prefix: string, after?: string): AsyncIterable<StoredObject>;
	/**
	 * The newest versions of the objects directly under a prefix, without those in folders, in key order. Throws
	 * ConfigurationError if the bucket does not keep versions.
	 */
	listVersions(prefix: string): AsyncIterable<ObjectVersion>;
	/**
	 * Every version of the objects under a prefix, and their delete markers, key by key in order, the newest of a key first.
	 * In a bucket without versions each object has one.
	 */
	listAllVersions(prefix: string): AsyncIterable<StoredVersion>;
	/** Gives an object this tag in place of any that it has; false if there is no object. Its bytes and its time stay. */
	tag(key: string, tag: ObjectTag): Promise<boolean>;
	/** Deletes versions of objects, or delete markers, for good; one that does not exist is no error. */
	deleteVersions(versions: readonly Pick<StoredVersion, 'key' | 'version'>[]): Promise<void>;
	/** Deletes objects; a key that does not exist is no error. Where the bucket keeps versions, they stay. */
	delete(keys: readonly string[]): Promise<void>;
	/** Deletes an object that has this etag; false if it has another one or is gone (perhaps by this very call). Throws as `createText`. */
	deleteIf(key: string, etag: string): Promise<boolean>;
	/** The store's own time, which dates its objects; to the second. */
	now(): Promise<Date>;
	/** Bytes moved since the store was made. */
	readonly traffic: { in: number; out: number };
}
