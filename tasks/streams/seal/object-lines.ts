import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LoneReturns } from '../../platform/line-ends';

/** A line of a delivered object; with `fault`, what of it could be kept and why it can't be read. */
export interface ObjectLine {
	readonly raw: string;
	readonly fault?: string;
}

/** Longest line, in bytes, that is taken: Firehose takes no record of more than half of it. */
export const longestLine = 2 * 1024 ** 2;
/** Characters that are kept of what can't be read. */
const kept = 1000;
/** Bytes that gzip is read by: always the same ones, so that a broken object gives the same lines each time. */
const sliceBytes = 64 * 1024;

/**
 * The lines of an object in their order, a few at a time, in bounded memory. Whether it is gzip is told by its first
 * bytes. Nothing of an object stops its reading: a line that can't be read comes with its fault, and where gzip breaks
 * off, the lines before that are followed by one that says so. `meter` counts the bytes, decompressed.
 */
export async function* readLines(source: Readable, meter: { bytes: number }): AsyncGenerator<ObjectLine[]> {
	const cutter = new LineCutter(meter);
	const content = slices(source);
	const first = await content.next();
	if (first.done) return;
	const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
	const whole = prefixed(first.value, content);
	if (!isGzip) for await (const piece of whole) yield cutter.cut(piece);
	else {
		const unpacked = gunzipped(whole);
		for (;;) {
			const { done, value } = await unpacked.next();
			if (!done) yield cutter.cut(value);
			else if (value) {
				const { code, message } = value as NodeJS.ErrnoException;
				const why = code === 'Z_BUF_ERROR' ? 'its gzip stream has no end' : `it is not sound gzip (${message})`;
				const fault = `the object can’t be read from here on: ${why}`;
				yield [{ raw: cutter.rest(), fault }];
				return;
			} else break;
		}
	}
	const last = cutter.rest(true);
	if (last !== undefined) yield [last];
}

/** Cuts pieces into lines; the start of a line waits for its end. */
class LineCutter {
	private waiting: Buffer[] = [];
	private waitingBytes = 0;
	private isTooLong = false;
	private readonly returns = new LoneReturns();

	constructor(private readonly meter: { bytes: number }) {}

	cut(content: Buffer): ObjectLine[] {
		this.meter.bytes += content.length;
		const piece = this.returns.replace(content);
		const lines: ObjectLine[] = [];
		let start = 0;
		for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
			this.wait(piece.subarray(start, end));
			lines.push(this.take());
			start = end + 1;
		}
		this.wait(piece.subarray(start));
		return lines;
	}

	/** What waits for its end: as a line (`asLine`; undefined where nothing does), or what can be shown of it. */
	rest(): string;
	rest(asLine: true): ObjectLine | undefined;
	rest(asLine?: true): string | ObjectLine | undefined {
		if (!asLine) return this.take().raw.slice(0, kept);
		return this.waitingBytes === 0 ? undefined : this.take();
	}

	private wait(part: Buffer): void {
		this.waitingBytes += part.length;
		if (!this.isTooLong) this.waiting.push(part);
		if (this.waitingBytes > longestLine && !this.isTooLong) {
			this.isTooLong = true;
			this.waiting = [Buffer.from(Buffer.concat(this.waiting).subarray(0, kept))];
		}
	}

	private take(): ObjectLine {
		const [only] = this.waiting;
		let line = this.waiting.length === 1 && only ? only : Buffer.concat(this.waiting);
		if (line.subarray(0, 3).equals(byteOrderMark)) line = line.subarray(3);
		if (line.at(-1) === 13) line = line.subarray(0, -1);
		const fault = this.isTooLong
			? `the line has more than ${longestLine / 1024 ** 2} MiB`
			: isUtf8(line)
				? undefined
				: 'the line is not UTF-8';
		this.waiting = [];
		this.waitingBytes = 0;
		this.isTooLong = false;
		const raw = line.toString('utf8');
		return fault === undefined ? { raw } : { raw: raw.slice(0, kept), fault };
	}
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The bytes of a stream in slices of one size, but for the last. */
async function* slices(source: Readable): AsyncGenerator<Buffer> {
	let waiting: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const piece of source as AsyncIterable<Buffer>) {
			waiting.push(piece);
			bytes += piece.length;
			if (bytes < sliceBytes) continue;
			let all = Buffer.concat(waiting);
			for (; all.length >= sliceBytes; all = all.subarray(sliceBytes)) yield all.subarray(0, sliceBytes);
			waiting = [all];
			bytes = all.length;
		}
		if (bytes > 0) yield Buffer.concat(waiting);
	} finally {
		source.destroy();
	}
}

async function* prefixed(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
	yield first;
	yield* rest;
}

/** What gzip holds, and in the end the error by which it broke off. All that came before that has been handed on. */
async function* gunzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, Error | undefined> {
	const gunzip = createGunzip();
	const unpacked: Buffer[] = [];
	let failure: Error | undefined;
	const closed = new Promise((resolve) => gunzip.once('close', resolve));
	gunzip
		.on('data', (piece: Buffer) => unpacked.push(piece))
		.on('error', (error: Error) => {
			failure = error;
		});
	for await (const slice of source) {
		await Promise.race([new Promise((resolve) => gunzip.write(slice, resolve)), closed]);
		yield* unpacked.splice(0);
		if (failure) return failure;
	}
	gunzip.end();
	await closed;
	yield* unpacked.splice(0);
	return failure;
}
