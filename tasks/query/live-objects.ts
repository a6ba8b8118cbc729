import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ObjectStore } from '../lake';
import { mapConcurrently } from '../platform/concurrency';
import { decompress, GzipError } from '../platform/lines';

/** Concurrent transfers: many objects hold one record, so their time is mostly the round trip. */
const parallelTransfers = 32;
const lineFeed = 0x0a;

/** An object that Firehose has delivered. */
export interface LiveObject {
	readonly key: string;
	/** The UTC date in its prefix, `YYYY-MM-DD`. */
	readonly day: string;
}

/**
 * Lists the objects under a prefix by day (`<prefix>YYYY/MM/DD/…`, at any depth), in key order. Like Athena, it skips names
 * that start with `_` or `.`.
 */
export async function listLiveObjects(store: ObjectStore, prefix: string): Promise<LiveObject[]> {
	const found: LiveObject[] = [];
	for await (const { key } of store.list(prefix)) {
		const [, year, month, day, rest = ''] = /^(\d{4})\/(\d\d)\/(\d\d)\/(.+)$/.exec(key.slice(prefix.length)) ?? [];
		const isHidden = rest.split('/').some((name) => /^[_.]/.test(name));
		if (year !== undefined && rest !== '' && !isHidden) found.push({ key, day: `${year}-${month}-${day}` });
	}
	return found;
}

/**
 * Copies objects into a few files in a folder for each day, one record per line. Objects that start like gzip are unpacked,
 * whatever their name; of damaged ones, what can be unpacked is copied: sealing quarantines the rest. Returns the paths of
 * the files.
 */
export async function copyLines(
	store: ObjectStore,
	objects: readonly LiveObject[],
	dayFolder: (day: string) => string,
): Promise<string[]> {
	const copies: DailyFiles[] = [];
	const idle: DailyFiles[] = [];
	const copy = async ({ key, day }: LiveObject) => {
		let files = idle.pop();
		if (!files) {
			files = new DailyFiles(dayFolder, `${copies.length}.ndjson`);
			copies.push(files);
		}
		await append(await store.read(key), await files.open(day));
		idle.push(files);
	};
	await mapConcurrently(objects, parallelTransfers, copy);
	await Promise.all(copies.map((files) => files.close()));
	return copies.flatMap(({ paths }) => paths);
}

/** A file for each day, one open at a time: days come in order. */
class DailyFiles {
	readonly paths: string[] = [];
	private file: WriteStream | undefined;

	constructor(
		private readonly dayFolder: (day: string) => string,
		private readonly name: string,
	) {}

	async open(day: string): Promise<WriteStream> {
		const path = join(this.dayFolder(day), this.name);
		if (this.file && this.paths.at(-1) === path) return this.file;
		await this.close();
		await mkdir(dirname(path), { recursive: true });
		this.paths.push(path);
		this.file = createWriteStream(path);
		return this.file;
	}

	async close(): Promise<void> {
		if (!this.file) return;
		this.file.end();
		await finished(this.file);
		this.file = undefined;
	}
}

async function append(object: Readable, file: WriteStream): Promise<void> {
	let last: number | undefined;
	try {
		for await (const piece of decompress(object)) {
			last = piece.at(-1) ?? last;
			if (!file.write(piece)) await once(file, 'drain');
		}
	} catch (error) {
		if (!(error instanceof GzipError)) throw error;
	}
	// The last record of an object and the first of the next must not share a line.
	if (last !== undefined && last !== lineFeed) file.write('\n');
}
