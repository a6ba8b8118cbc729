import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DamagedObjectError, MissingObjectError } from './damage';
import type { FileRef } from './model';
import type { ObjectStore } from './object-store';

/** What identifies the content of a stored file. */
export type StoredFile = Pick<FileRef, 'key' | 'bytes' | 'sha256'>;

/** Uploads a local file; returns its entry, with the digest of what was uploaded. */
export async function storeFile(store: ObjectStore, path: string, key: string, rows: number): Promise<FileRef> {
	const [bytes, { sha256 }] = await Promise.all([store.upload(path, key), measure(path)]);
	return { key, rows, bytes, sha256 };
}

/** Writes a text into an object; returns its entry, as `storeFile` does. */
export async function storeText(store: ObjectStore, text: string, key: string, rows: number): Promise<FileRef> {
	await store.putText(key, text);
	return { key, rows, bytes: Buffer.byteLength(text), sha256: digestText(text) };
}

/** Downloads a file of the lake; throws DamagedObjectError if it is missing or not what its entry says. */
export async function fetchFile(store: ObjectStore, file: StoredFile, path: string): Promise<void> {
	let difference: string | undefined;
	// A file damaged in transit arrives intact the second time.
	for (let tries = 0; tries < 2; tries++) {
		await store.download(file.key, path).catch((error) => {
			throw error instanceof MissingObjectError ? missing(file.key) : error;
		});
		difference = differenceFrom(file, await measure(path));
		if (difference === undefined) return;
	}
	throw new DamagedObjectError(file.key, `is damaged: it ${difference}`);
}

/** The text of a file of the lake; throws DamagedObjectError if it is missing or not what its entry says. */
export async function fetchText(store: ObjectStore, file: FileRef): Promise<string> {
	const text = await store.getText(file.key);
	if (text === undefined) throw missing(file.key);
	const difference = differenceFrom(file, { bytes: Buffer.byteLength(text), sha256: digestText(text) });
	if (difference !== undefined) throw new DamagedObjectError(file.key, `is damaged: it ${difference}`);
	return text;
}

const missing = (key: string) => new DamagedObjectError(key, 'is missing, though the lake names it');

const digestText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Bytes of a file that are in memory at a time. */
const pieceBytes = 1024 ** 2;

/** Size and digest of a local file. */
async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
	const hash = createHash('sha256');
	let bytes = 0;
	// A stream allocates its whole piece. Thousands of small files would keep the garbage collector busy.
	const highWaterMark = Math.max(1, Math.min((await stat(path)).size, pieceBytes));
	for await (const piece of createReadStream(path, { highWaterMark })) {
		hash.update(piece);
		bytes += piece.length;
	}
	return { bytes, sha256: hash.digest('hex') };
}

function differenceFrom(file: StoredFile, found: { bytes: number; sha256: string }): string | undefined {
	if (found.bytes !== file.bytes) return `has ${found.bytes} bytes instead of ${file.bytes}`;
	if (file.sha256 === undefined || found.sha256 === file.sha256) return undefined;
	return `has the SHA-256 ${found.sha256.slice(0, 12)}… instead of ${file.sha256.slice(0, 12)}…`;
}
