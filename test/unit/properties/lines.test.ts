import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readQuotes } from '../../../tasks/market/read-quotes';
import type { SourceFile } from '../../../tasks/pipeline/bronze';
import { numberSeparator, type StagedChunk, stage } from '../../../tasks/pipeline/bronze/staging';
import { readObjectLines } from '../../../tasks/streams/seal/object-lines';
import { fileSource } from '../../../tasks/streams/send/source-records';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file of these bytes, read in pieces of `pieceBytes`. */
function fileOf(bytes: Buffer, { format = 'ndjson', gzip = false, pieceBytes = bytes.length }): SourceFile {
	const pieces: Buffer[] = [];
	for (let start = 0; start < bytes.length; start += pieceBytes) pieces.push(bytes.subarray(start, start + pieceBytes));
	const file = { dataset: 'orders', name: 'orders', location: 'in/orders', format, gzip };
	return { ...file, open: async () => Readable.from(pieces) } as SourceFile;
}

/** The chunks of a file, with their text. */
async function stagedChunks(file: SourceFile, columns: string[] = [], chunkBytes = 1000) {
	const chunks: (Exclude<StagedChunk, { kind: 'parquet' }> & { lines: string[] })[] = [];
	for await (const chunk of stage(file, { folder, columns, chunkBytes })) {
		if (chunk.kind === 'parquet') continue;
		chunks.push({ ...chunk, lines: (await readFile(chunk.path, 'utf8')).split('\n') });
		await rm(chunk.path);
	}
	return chunks;
}

type Numbered = [line: number, text: string];

async function csvLines(header: string, text: Buffer, pieceBytes: number, gzip: boolean): Promise<Numbered[]> {
	const csv = Buffer.concat([Buffer.from(header), text]);
	const file = fileOf(gzip ? gzipSync(csv) : csv, { format: 'csv', gzip, pieceBytes });
	return (await stagedChunks(file, ['a'])).flatMap(({ kind, firstLine, lines }) =>
		lines.map((line, index): Numbered => {
			if (kind === 'delimited' || line === '') return [firstLine + index - 1, line];
			const [number, , raw = ''] = line.split(numberSeparator);
			return [Number(number) - 1, JSON.parse(raw)];
		}),
	);
}

/** Each way into the lake or a stream: the lines that it reads, with their numbers from 1. */
const ways: Record<string, (text: Buffer, pieceBytes: number, gzip: boolean) => Promise<Numbered[]>> = {
	'an ingested NDJSON file': async (text, pieceBytes, gzip) => {
		const bytes = gzip ? gzipSync(text) : text;
		const chunks = await stagedChunks(fileOf(bytes, { gzip, pieceBytes }));
		return chunks.flatMap(({ firstLine, lines }) => lines.map((line, index): Numbered => [firstLine + index, line]));
	},
	'an ingested CSV file': (text, pieceBytes, gzip) => csvLines('a\n', text, pieceBytes, gzip),
	'an ingested CSV file with quotes': (text, pieceBytes, gzip) => csvLines('"a"\n', text, pieceBytes, gzip),
	'a delivered object': async (text, pieceBytes, gzip) => {
		const lines: Numbered[] = [];
		const source = await fileOf(gzip ? gzipSync(text) : text, { pieceBytes }).open();
		for await (const some of readObjectLines(source, { bytes: 0 })) {
			for (const { raw, fault } of some) lines.push([lines.length + 1, fault ?? raw]);
		}
		return lines;
	},
	'a source that is sent to a stream': async (text, pieceBytes, gzip) => {
		const lines: Numbered[] = [];
		for await (const records of fileSource(fileOf(gzip ? gzipSync(text) : text, { gzip, pieceBytes })).records(0)) {
			for (const { line, data } of records)
				lines.push([
					line,
					Buffer.from(data)
						.toString()
						.replace(/\r?\n$/, ''),
				]);
		}
		return lines;
	},
	'a file of quotes': async (text) => {
		const header = Buffer.from('ticker,timestamp,open,high,low,close,volume\n');
		const { rejected } = readQuotes(Buffer.concat([header, text, Buffer.from('\n')]));
		return rejected.map(({ line, raw }) => [line - 1, raw]);
	},
};

const texts = fc
	.array(fc.constantFrom('a', 'é', ',', '\n', '\r', '\r\n', '\ufeff', 'some more'), { minLength: 1, maxLength: 25 })
	.map((parts) => parts.join(''));

test.each(Object.entries(ways))(
	'%s has the lines of its text, whatever ends them and however it comes',
	async (_, read) => {
		await fc.assert(
			fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (text, pieceBytes, gzip) => {
				const lines = text
					.split(/\r\n|\n|\r/)
					.map((line, index): Numbered => [index + 1, line.replace(/^\ufeff+/, '')]);
				const isRecord = ([, line]: Numbered) => line !== '';
				expect((await read(Buffer.from(text), pieceBytes, gzip)).filter(isRecord)).toEqual(lines.filter(isRecord));
			}),
			{ numRuns: 150 },
		);
	},
);

test('a file in many chunks keeps the numbers of its lines, whatever ends them', async () => {
	const ends = ['\n', '\r\n', '\r', '\n\n', '\r\r\n'];
	const parts = Array.from({ length: 60_000 }, (_, n) => `${n} ${'x'.repeat(n % 150)}${ends[n % ends.length]}`);
	const text = parts.join('');
	for (const pieceBytes of [65_536, 1_000_003]) {
		const chunks = await stagedChunks(fileOf(Buffer.from(text), { pieceBytes }), [], 1_000_000);
		expect(chunks.length).toBeGreaterThan(2);
		const lines = chunks.flatMap(({ firstLine, lines }) =>
			lines.slice(0, -1).map((line, index) => `${firstLine + index}: ${line}`),
		);
		expect(lines).toEqual(
			text
				.split(/\r\n|\n|\r/)
				.slice(0, -1)
				.map((line, index) => `${index + 1}: ${line}`),
		);
	}
});

test('the longest line that a file may have ends wherever its bytes are cut, and the next one is the next', async () => {
	const mebibyte = 1024 ** 2;
	const text = `${'a'.repeat(mebibyte - 2)}\n${'b'.repeat(16 * mebibyte)}\r\nc\n`;
	const chunks = await stagedChunks(fileOf(Buffer.from(text), { pieceBytes: mebibyte }), [], 64 * mebibyte);
	expect(chunks.map(({ lines, longestLine }) => [lines.map((line) => line.length), longestLine])).toEqual([
		[[mebibyte - 2, 16 * mebibyte, 1, 0], 16 * mebibyte],
	]);
});

test('of a gzip file that is cut off, the records before that are sent', async () => {
	const text = Array.from({ length: 2000 }, (_, n) => `{"event_id":"e${n}"}\n`).join('');
	const cut = gzipSync(text).subarray(0, -20);
	const known = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
	const sent: string[] = [];
	const sending = async () => {
		for await (const records of fileSource(fileOf(cut, { gzip: true })).records(0)) {
			sent.push(...records.map(({ data }) => Buffer.from(data).toString()));
		}
	};
	await expect(sending()).rejects.toThrow('in/orders is cut off: its gzip stream has no end.');
	expect(sent.length).toBeGreaterThan(1900);
	expect(sent.join('')).toBe(known.slice(0, known.lastIndexOf('\n') + 1));
});

test('lines that were sent are passed over however long they are, and a longer one after them is refused', async () => {
	const long = '"'.padEnd(2 * 1024 ** 2, 'x');
	const source = fileSource(fileOf(Buffer.from(`${long}\n"a"\n${long}\n`), {}));
	const sent: Numbered[] = [];
	const sending = async () => {
		for await (const records of source.records(1)) {
			sent.push(...records.map(({ line, data }): Numbered => [line, Buffer.from(data).toString()]));
		}
	};
	await expect(sending()).rejects.toThrow('in/orders:3 is longer than 1000 KiB');
	expect(sent).toEqual([[2, '"a"\n']]);
});
