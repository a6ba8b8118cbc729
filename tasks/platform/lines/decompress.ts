import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Bytes fed to gunzip at a time: always the same, so that a damaged source gives the same bytes each time. */
const sliceBytes = 64 * 1024;
/** Bytes that gunzip hands out at a time: each costs a turn of a thread. */
const unpackedBytes = 128 * 1024;

/** A gzip stream can't be decompressed any further. The message is zlib's. */
export class GzipError extends Error {
	override readonly name = 'GzipError';
	/** The stream has no end; otherwise it is damaged, or not gzip at all. */
	readonly isCutOff: boolean;

	constructor(cause: NodeJS.ErrnoException) {
		super(cause.message, { cause });
		this.isCutOff = cause.code === 'Z_BUF_ERROR';
	}
}

/**
 * The decompressed bytes of a source; unless it is known whether that is gzip, its first bytes tell. Throws GzipError after
 * the last bytes that can be decompressed.
 */
export async function* decompress(source: Readable, isGzip?: boolean): AsyncGenerator<Buffer> {
	let gunzip: Gunzip | undefined;
	try {
		for await (const slice of isGzip === false ? (source as AsyncIterable<Buffer>) : slices(source)) {
			isGzip ??= slice[0] === 0x1f && slice[1] === 0x8b;
			if (isGzip) gunzip ??= new Gunzip();
			if (gunzip) yield* gunzip.unpack(slice);
			else yield slice;
		}
		if (isGzip) yield* (gunzip ?? new Gunzip()).unpack();
	} finally {
		gunzip?.stream.destroy();
		source.destroy();
	}
}

/** Node's gunzip drops what it has decompressed when it fails; this one hands it out first. */
class Gunzip {
	readonly stream = createGunzip({ chunkSize: unpackedBytes });
	private readonly unpacked: Buffer[] = [];
	private failure: GzipError | undefined;
	private readonly closed = new Promise<void>((resolve) => {
		this.stream
			.on('data', (piece: Buffer) => this.unpacked.push(piece))
			.on('error', (error) => {
				this.failure = new GzipError(error);
			})
			.once('close', resolve);
	});

	/** Decompresses the next slice; without one, the stream ends. */
	async *unpack(slice?: Buffer): AsyncGenerator<Buffer> {
		const taken = new Promise((resolve) => (slice ? this.stream.write(slice, resolve) : this.stream.end()));
		await Promise.race([taken, this.closed]);
		yield* this.unpacked.splice(0);
		if (this.failure) throw this.failure;
	}
}

/** Lets `see` look at the pieces that pass. */
export async function* tap(content: AsyncIterable<Buffer>, see: (piece: Buffer) => void): AsyncGenerator<Buffer> {
	for await (const piece of content) {
		see(piece);
		yield piece;
	}
}

/** The bytes of a source in slices of equal size, except for the last. */
async function* slices(source: Readable): AsyncGenerator<Buffer> {
	let rest: Buffer = Buffer.alloc(0);
	for await (const piece of source as AsyncIterable<Buffer>) {
		rest = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
		for (; rest.length >= sliceBytes; rest = rest.subarray(sliceBytes)) yield rest.subarray(0, sliceBytes);
	}
	if (rest.length > 0) yield rest;
}
