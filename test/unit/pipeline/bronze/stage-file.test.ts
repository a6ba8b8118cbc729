import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { orderItems } from '../../../../tasks/contracts';
import type { SourceFile } from '../../../../tasks/pipeline/bronze';
import { createQuarantine, quarantineTable } from '../../../../tasks/pipeline/bronze/quarantine';
import { gatherSmallChunks, type StagedRecords, stageFile } from '../../../../tasks/pipeline/bronze/stage-file';
import { withConnectionPool } from '../../../../tasks/platform/duckdb/connection-pool';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { literal } from '../../../../tasks/platform/duckdb/quote';
import { runs } from '../../properties/runs';

let folder: string;
let duckdb: DuckDb;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'stage-file-'));
	duckdb = await DuckDb.open({ memoryBytes: 512 * 1024 ** 2, threads: 2, scratch: folder });
});
afterAll(async () => {
	await duckdb.close();
	await rm(folder, { recursive: true });
});

const options = { dataset: orderItems, batch: '2026-11-20', asOf: '2026-11-20T00:00:00Z', mapping: undefined };
interface TextFile {
	readonly format: 'ndjson' | 'csv';
	readonly lines: readonly string[];
}

/** Stages files of order items on so many connections, in chunks of so many bytes: all that Bronze and quarantine get. */
async function stageFiles(files: readonly TextFile[], connections: number, chunkBytes: number) {
	const own = await mkdtemp(join(folder, 'run-'));
	await createQuarantine(duckdb);
	const staged = await withConnectionPool<StagedRecords>(duckdb, connections, async (pool) => {
		const place = { folder: own, chunkBytes, pool };
		const small = gatherSmallChunks(place, options);
		for (const [index, { format, lines }] of files.entries()) {
			const name = `order_items-${index}`;
			const open = async () => Readable.from([Buffer.from(`${lines.join('\n')}\n`)]);
			const source: SourceFile = { dataset: 'order_items', name, location: name, gzip: false, format, open };
			await stageFile(source, index, place, options, index % 2 === 0 ? small : undefined);
		}
		await small.finish();
	});
	const chunks = [];
	for (const { objects, ...counts } of staged) {
		for (const { path, ...object } of objects) {
			const rows = await duckdb.rows(`from read_parquet(${literal(path)}) order by _file, _line`);
			chunks.push({ ...object, path: relative(own, path), rows });
		}
		chunks.push(counts);
	}
	const rejected = await duckdb.rows(`from ${quarantineTable} order by file, line`);
	await rm(own, { recursive: true });
	return { chunks, rejected };
}

const values = fc.record({
	order: fc.constantFrom('O-1', 'O-2', '', 'Ö 3', 'O\u0085'),
	product: fc.constantFrom('P-1', 'a "quoted" one', ' P-2', 'P-3'),
	quantity: fc.constantFrom('1', '20', '0', 'two', '1.0'),
	price: fc.constantFrom('1.50', '2', '-1.00', '1,5'),
});
const jsonLine = values.map(
	({ order, product, quantity, price }) =>
		`{"order_id":${JSON.stringify(order)},"product_id":${JSON.stringify(product)},"quantity":${JSON.stringify(quantity)},"unit_price":"${price}"}`,
);
const csvLine = values.map(
	({ order, product, quantity, price }) =>
		`${order},${product.includes('"') ? JSON.stringify(product).replaceAll('\\"', '""') : product},${quantity},"${price}"`,
);
const file: fc.Arbitrary<TextFile> = fc.oneof(
	fc.record({
		format: fc.constant('ndjson' as const),
		lines: fc.array(fc.oneof({ weight: 8, arbitrary: jsonLine }, fc.constantFrom('', '{', '{"a":1}')), {
			minLength: 1,
			maxLength: 20,
		}),
	}),
	fc.array(csvLine, { maxLength: 20 }).map((lines) => ({
		format: 'csv' as const,
		lines: ['order_id,product_id,quantity,unit_price', ...lines],
	})),
);

test('chunks side by side give what they give one after the other: objects, their order, counts, quarantine', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(file, { minLength: 1, maxLength: 3 }),
			fc.integer({ min: 600, max: 4000 }),
			async (files, chunkBytes) => {
				const inTurn = await stageFiles(files, 1, chunkBytes);
				expect(await stageFiles(files, 3, chunkBytes)).toEqual(inTurn);
			},
		),
		{ numRuns: runs(5) },
	);
});

test('a file that is cut off is refused after its chunks have ended, and the next one finds the connections free', async () => {
	const file: SourceFile = {
		...{ dataset: 'order_items', name: 'x', location: 'x', gzip: false, format: 'ndjson' },
		open: async () => Readable.from([Buffer.from('{"a":1}\n'.repeat(150)), Buffer.from([0xff, 10])]),
	};
	await createQuarantine(duckdb);
	const place = { folder, chunkBytes: 500 };
	const staged = withConnectionPool<StagedRecords>(duckdb, 2, async (pool) => {
		await stageFile(file, 0, { ...place, pool }, options);
	});
	await expect(staged).rejects.toThrow('is not UTF-8 (line 151)');
	const { chunks } = await stageFiles([{ format: 'ndjson', lines: ['{"order_id":"O"}'] }], 2, 500);
	expect(chunks).toEqual([{ received: 1, byFile: { 0: 1 }, rejected: { missing: 1 } }]);
});

test('the copy of a Parquet file is removed once its pieces are loaded', async () => {
	const own = await mkdtemp(join(folder, 'parquet-'));
	const path = join(own, 'order_items.parquet');
	await duckdb.execute(
		`copy (select 'O-' || i as order_id, 'P-1' as product_id, 1 as quantity, 1.5 as unit_price from range(500) as rows (i)) to ${literal(path)} (format parquet)`,
	);
	const bytes = await readFile(path);
	const file: SourceFile = {
		...{ dataset: 'order_items', name: 'x', location: 'x', gzip: false, format: 'parquet' },
		open: async () => Readable.from([bytes]),
	};
	await createQuarantine(duckdb);
	const staged = await withConnectionPool<StagedRecords>(duckdb, 2, async (pool) => {
		await stageFile(file, 0, { folder: own, chunkBytes: 10_000, pool }, options);
	});
	expect(staged.length).toBeGreaterThan(1);
	expect(staged.reduce((sum, { received }) => sum + received, 0)).toBe(500);
	expect(await readdir(join(own, 'source-0'))).toEqual([]);
});
