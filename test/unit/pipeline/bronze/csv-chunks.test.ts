import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { SourceFile } from '../../../../tasks/pipeline/bronze';
import { stage } from '../../../../tasks/pipeline/bronze/staging';
import { loadRecords } from '../../../../tasks/pipeline/bronze/validate-records';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { csvOrder, ingestFiles, orderCsv } from './ingest-files';

let folder: string;
let duckdb: DuckDb;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-csv-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch: folder });
});
afterAll(async () => {
	duckdb.close();
	await rm(folder, { recursive: true });
});

/** The records of a CSV text, and the kinds of the chunks that they came in. */
async function readCsv(text: string, columns: readonly string[]) {
	const file = { dataset: 'orders', name: 'x.csv', location: 'x.csv', format: 'csv', gzip: false } as const;
	const source: SourceFile = { ...file, open: async () => Readable.from([Buffer.from(text)]) };
	const kinds: string[] = [];
	const records: { line: number; json: unknown }[] = [];
	// A text that can't be read leaves its chunks.
	const own = await mkdtemp(join(folder, 'text-'));
	for await (const chunk of stage(source, { folder: own, columns, chunkBytes: 100_000 })) {
		if (chunk.kind === 'parquet') continue;
		kinds.push(chunk.kind);
		const loaded = await loadRecords(duckdb, chunk);
		for (const row of await duckdb.rows(`select * from (${loaded.records}) order by line`)) {
			records.push({ ...row, line: Number(row.line), json: row.json === null ? null : JSON.parse(String(row.json)) });
		}
		await rm(chunk.path);
	}
	return { kinds, records };
}

test('records without a quote are the same whether commas alone divide them or the program parses them', async () => {
	const units = [...'abé1,, \t\\/\u00a0\ufeff\u2028\x02\x1f\x7f', '😀', 'null', '\n', '\r\n', '\r', ',x,'];
	const texts = fc.array(fc.constantFrom(...units), { maxLength: 60 }).map((parts) => parts.join(''));
	const names = fc.constantFrom(['a'], ['a', '__proto__'], ['a', "it's", '\\', 'é']);
	await fc.assert(
		fc.asyncProperty(texts, names, async (text, [first = '', ...others]) => {
			const read = (header: string) => readCsv(`${[header, ...others].join(',')}\n${text}`, [first]);
			const [delimited, numbered] = [await read(first), await read(`"${first}"`)];
			expect(delimited.records).toEqual(numbered.records);
			if (numbered.records.length > 0) expect([delimited.kinds, numbered.kinds]).toEqual([['delimited'], ['numbered']]);
		}),
		{ numRuns: 300 },
	);
});

test('records are the same whether the program parses only those with a quote or all of them', async () => {
	const lines = fc.constantFrom('1,2', '3', '', ' ', '"4",5', '6,"7\n', '8"', '"9""', '10,"a, b"', 'é,"\0', '\x01,"",');
	const ends = fc.constantFrom('\n', '\n', '\r\n', '\r');
	const texts = fc.array(fc.tuple(lines, ends), { maxLength: 25 }).map((parts) => parts.flat().join(''));
	// With such a line before it, the text goes from one block to the next one. Such a value has blocks without any quote.
	const line = `${'x'.repeat(5 * 64 * 1024 - 40)}\n`;
	const firstLines = fc.constantFrom('', line, `"${line.repeat(3)}",2\n`);
	await fc.assert(
		fc.asyncProperty(firstLines, texts, async (first, text) => {
			const read = (header: string) =>
				readCsv(`${header}\n${first}${text}`, ['a']).then(
					({ records }) => records.sort((one, other) => one.line - other.line),
					(error: Error) => error.message.replace('"a",b', 'a,b'),
				);
			expect(await read('a,b')).toEqual(await read('"a",b'));
		}),
		{ numRuns: 100 },
	);
});

test('the first quote, far into a file, changes how the rest is read, and not what', async () => {
	const order = (n: number) => `o${n},${n % 100 === 0 ? ' ' : 'u1'},2026-11-20,1.00,pending`;
	const plain = Array.from({ length: 20_000 }, (_, n) => order(n));
	const quoted = ['"q,1",u1,2026-11-20,1.00,pending', '"q\r\n2",u1,2026-11-20,1.00,pending', order(3)];
	const { outcome, bronze, quarantine } = await ingestFiles({
		'orders.csv': orderCsv(...plain, '', ...quoted, csvOrder),
	});
	expect(outcome).toMatchObject({ received: 20_004, rejected: 200 });
	expect(quarantine.slice(0, 2)).toEqual([
		'orders.csv:2 missing: user_id is absent or empty',
		'orders.csv:102 missing: user_id is absent or empty',
	]);
	expect(bronze.slice(-5).map(({ _line, order_id }) => [_line, order_id])).toEqual([
		[20_001, 'o19999'],
		[20_003, 'q,1'],
		[20_004, 'q\r\n2'],
		[20_006, 'o3'],
		[20_007, 'o1'],
	]);
});

test('a file in many chunks keeps the numbers of its lines', async () => {
	const { kinds, records } = await readCsv(`\n\na,b\n${'1,2\n\n'.repeat(200_000)}`, ['a']);
	expect(new Set(kinds)).toEqual(new Set(['delimited']));
	expect(kinds.length).toBeGreaterThan(2);
	expect(records).toHaveLength(200_000);
	expect(records.at(-1)).toEqual({ line: 400_002, json: { a: '1', b: '2' }, raw: '1,2', fault: null });
});
