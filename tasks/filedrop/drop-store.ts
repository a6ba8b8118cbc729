import type { Readable } from 'node:stream';

/** One version of an object: its bytes never change. */
export interface FileVersion {
	readonly key: string;
	readonly version: string;
	/** As S3 writes it, with its quotes. */
	readonly etag: string;
	readonly bytes: number;
	readonly modified: Date;
}

/** A small object, and the etag by which it can be replaced or removed if nobody else has done so. */
export interface TextObject {
	readonly text: string;
	readonly etag: string;
}

/**
 * What the file drop asks of its bucket, which keeps versions. `S3DropStore` is the real one; tests of crashes bring one
 * in memory, which keeps the same promises.
 */
export interface DropStore {
	/** The newest versions of the objects right under a prefix (folders are not looked into), in key order. */
	current(prefix: string): Promise<FileVersion[]>;
	/** All keys under a prefix, in order. */
	keys(prefix: string): Promise<string[]>;
	/** The bytes of a version; throws DataRefusedError where somebody has deleted it for good. */
	read(file: Pick<FileVersion, 'key' | 'version'>): Promise<Readable>;
	/** A small object; undefined where there is none. */
	getText(key: string): Promise<TextObject | undefined>;
	/** Creates an object; false where there is one already: it may be this very one, if the answer to it was lost. */
	createText(key: string, text: string): Promise<boolean>;
	/** Replaces an object that still has the etag; false where it is another by now (it may be this very one), or gone. */
	replaceText(key: string, text: string, etag: string): Promise<boolean>;
	putText(key: string, text: string): Promise<void>;
	/** Copies a version, also into another bucket; throws DataRefusedError where somebody has deleted it for good. */
	copy(
		file: Pick<FileVersion, 'key' | 'version'>,
		to: { readonly bucket?: string; readonly key: string },
	): Promise<void>;
	/** Removes an object if it still has the etag; false where it is another by now, or gone (it may be by this very call). Its versions are kept. */
	removeIf(key: string, etag: string): Promise<boolean>;
	/** Removes objects of a bucket; one that is not there is no error. Their versions are kept. */
	remove(keys: readonly string[], bucket?: string): Promise<void>;
}
