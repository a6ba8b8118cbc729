import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
	decompress,
	GzipError,
	normalizeLines,
	readLines,
	splitLines,
	withoutByteOrderMarks,
	withoutLineEnd,
} from '../../../tasks/platform/lines';

/** A stream of the bytes in pieces of these lengths, over and over. */
function stream(bytes: Buffer, lengths: readonly number[]): Readable {
	const pieces: Buffer[] = [];
	for (let start = 0, turn = 0; start < bytes.length; turn++) {
		const end = start + (lengths[turn % lengths.length] ?? bytes.length);
		pieces.push(bytes.subarray(start, end));
		start = end;
	}
	return Readable.from(pieces);
}

async function collect<T>(from: AsyncIterable<T[]>): Promise<T[]> {
	const all: T[] = [];
	for await (const some of from) all.push(...some);
	return all;
}

const texts = fc
	.array(fc.constantFrom('a', 'bc', 'é', '\n', '\r', '\r\n', '\ufeff', '\xff', 'a long part'), { maxLength: 25 })
	.map((parts) => Buffer.concat(parts.map((part) => (part === '\xff' ? Buffer.from([0xff]) : Buffer.from(part)))));
const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
const limits = fc.record({ blockBytes: fc.integer({ min: 1, max: 40 }), longestLine: fc.integer({ min: 1, max: 14 }) });

/** The same text as one string, a character a byte, split and judged line by line. */
function expectedLines(text: Buffer, longestLine: number) {
	const lines = text.toString('latin1').split(/\r\n|\n|\r/);
	const judged = lines.map((line) => {
		const raw = Buffer.from(line.replace(/^(\xef\xbb\xbf)+/, ''), 'latin1').toString();
		if (line.length > longestLine) return { raw, fault: 'tooLong' };
		return line.includes('\xff') ? { raw, fault: 'notUtf8' } : { raw };
	});
	// What follows the last line end is a line only if there is something.
	const last = judged.at(-1);
	return last?.raw === '' && !('fault' in last) ? judged.slice(0, -1) : judged;
}

test('any text gives the same lines and faults in whatever pieces it comes, plain or gzip', async () => {
	await fc.assert(
		fc.asyncProperty(texts, lengths, limits, fc.boolean(), async (text, pieces, limit, isGzip) => {
			const source = stream(isGzip ? gzipSync(text) : text, pieces);
			const lines = await collect(readLines(decompress(source), limit));
			const withoutLong = (all: typeof lines) =>
				all.map((line) => (line.fault === 'tooLong' ? { fault: line.fault } : line));
			expect(withoutLong(lines)).toEqual(withoutLong(expectedLines(text, limit.longestLine) as typeof lines));
		}),
		{ numRuns: 1000 },
	);
});

test('of a line that is too long the first 1,000 bytes are kept, and the lines around it are read', async () => {
	const text = Buffer.from(`one\n${'x'.repeat(5_000_000)}\r\ntwo\n`);
	const lines = await collect(readLines(Readable.from([text]), { blockBytes: 65536, longestLine: 1_000_000 }));
	expect(lines).toEqual([{ raw: 'one' }, { raw: 'x'.repeat(1000), fault: 'tooLong' }, { raw: 'two' }]);
});

describe('gzip', () => {
	const limit = { blockBytes: 65536, longestLine: 1_000_000 };
	// Longer than a slice that is decompressed at once, and of several members.
	const digest = (_: unknown, n: number) => `${createHash('sha256').update(String(n)).digest('hex')}\r\n`;
	const long = Buffer.concat([1, 2, 3].map(() => gzipSync(Array.from({ length: 2000 }, digest).join(''))));

	/** Whether a stream that is cut off still ends with the end of one of its members. */
	const isWhole = (cut: Buffer) => {
		try {
			return gunzipSync(cut) !== undefined;
		} catch {
			return false;
		}
	};

	test('a stream that is cut at any byte gives the lines before that, and a fault in the line where it breaks', async () => {
		const cuts = fc
			.oneof(
				texts.map((text) => gzipSync(text)),
				fc.constant(long),
			)
			.chain((whole) => fc.integer({ min: 1, max: whole.length - 1 }).map((at) => whole.subarray(0, at)));
		await fc.assert(
			fc.asyncProperty(cuts, fc.integer({ min: 1000, max: 100_000 }), async (cut, length) => {
				const known = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH });
				const end = Math.max(known.lastIndexOf('\n'), known.lastIndexOf('\r')) + 1;
				const lines = await collect(readLines(decompress(stream(cut, [length]), true), limit));
				if (isWhole(cut)) {
					expect(lines).toEqual(expectedLines(known, limit.longestLine));
					return;
				}
				expect(lines.slice(0, -1)).toEqual(expectedLines(known.subarray(0, end), limit.longestLine));
				expect(lines.at(-1)?.raw).toBe(withoutByteOrderMarks(known.subarray(end)).toString());
				expect(lines.at(-1)?.fault).toMatchObject({ name: 'GzipError', isCutOff: true });
			}),
			{ numRuns: 150 },
		);
	});

	test('a stream that is damaged anywhere gives the same lines and the same fault in whatever pieces it comes', async () => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 0, max: long.length - 1 }), lengths, async (at, pieces) => {
				const damaged = Buffer.from(long);
				damaged[at] = (damaged[at] ?? 0) ^ 0x55;
				const read = async (of: readonly number[]) =>
					collect(readLines(decompress(stream(damaged, of), true), { ...limit, longestLine: 2000 }));
				expect(await read(pieces.map((length) => length * 10_000))).toEqual(await read([damaged.length]));
			}),
			{ numRuns: 30 },
		);
	});

	test('what is damaged and what is cut off are told apart, and both come after the bytes that are sound', async () => {
		const text = `${'0123456789\n'.repeat(1000)}`;
		const damaged = gzipSync(text);
		damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 255, damaged.length - 6);
		const faults = [damaged, gzipSync(text).subarray(0, -3), Buffer.from('no gzip')].map(async (bytes) => {
			const lines = await collect(readLines(decompress(Readable.from([bytes]), true), limit));
			const { fault } = lines.at(-1) ?? {};
			return [lines.length, fault instanceof GzipError && [fault.message, fault.isCutOff]];
		});
		expect(await Promise.all(faults)).toEqual([
			[expect.any(Number), ['incorrect data check', false]],
			[1001, ['unexpected end of file', true]],
			[1, ['incorrect header check', false]],
		]);
	});

	test('a source that fails is no fault of its lines', async () => {
		const broken = async function* () {
			yield gzipSync('a\nb\n').subarray(0, 15);
			throw new Error('the disk is gone');
		};
		const reading = collect(readLines(decompress(Readable.from(broken())), limit));
		await expect(reading).rejects.toThrow('the disk is gone');
	});
});

test('the lines of a text, with their ends, are the text again', () => {
	fc.assert(
		fc.property(texts, (text) => {
			const lines = [...splitLines(text)];
			expect(Buffer.concat(lines)).toEqual(text);
			const expected = text.toString('latin1').split(/\r\n|\n|\r/);
			if (expected.at(-1) === '') expected.pop();
			expect(lines.map((line) => withoutLineEnd(line).toString('latin1'))).toEqual(expected);
		}),
	);
});

test('the lines of a text stay the same where its line ends become those of Unix', () => {
	const mixed = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r'), maxLength: 30 });
	fc.assert(
		fc.property(mixed, (text) =>
			expect(normalizeLines(Buffer.from(text)).toString().split('\n')).toEqual(text.split(/\r\n|\n|\r/)),
		),
	);
});

test('byte order marks go where they begin a line, and stay elsewhere', () => {
	const joined = '\ufeffa\ufeff\n\ufeff\ufeffé\n\n\ufeff';
	expect(withoutByteOrderMarks(Buffer.from(joined)).toString()).toBe('a\ufeff\né\n\n');
	// Here two line ends, and not the halves of one.
	expect(normalizeLines(Buffer.from('a\r\ufeff\nb')).toString()).toBe('a\n\nb');
});
