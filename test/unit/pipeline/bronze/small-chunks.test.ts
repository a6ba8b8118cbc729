import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatheredChunk, SmallChunks } from '../../../../tasks/pipeline/bronze/small-chunks';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';

let folder: string;
let duckdb: DuckDb;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'small-chunks-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 2, scratch: folder });
});
afterEach(async () => {
	await duckdb.close();
	await rm(folder, { recursive: true });
});

/** A chunk of a file whose records have its place and their line. */
async function writeChunk(place: number, firstLine: number, count: number, colon = ':') {
	const path = join(folder, `chunk-${place}-${firstLine}`);
	const lines = Array.from({ length: count }, (_, index) => `{"is"${colon}"${place}:${firstLine + index}"}`);
	// A blank line counts, and is no record.
	await writeFile(path, `${lines.join('\n')}\n\n`);
	return { path, kind: 'lines', firstLine, longestLine: 40 } as const;
}

/** Chunks of which six of two lines are validated together. */
function gatherTo(validate: (chunk: GatheredChunk) => Promise<void>): SmallChunks {
	return new SmallChunks(folder, 160, async (load) => validate(await load(duckdb)));
}

test('each record of a gathered chunk has the place of its file and its own line', async () => {
	const found: string[] = [];
	const small = gatherTo(async ({ records }) => {
		const rows = await duckdb.rows(`select file || ':' || line as place, raw from (${records}) order by file, line`);
		found.push(...rows.map(({ place, raw }) => `${place} ${JSON.parse(String(raw)).is}`));
	});
	for (const [place, firstLine] of [
		[0, 1],
		[1, 1],
		[2, 7],
		[2, 10],
		[3, 1],
		[4, 3],
		[5, 1],
	] as const) {
		expect(await small.take(await writeChunk(place, firstLine, 2), place, { name: `orders-${place}` })).toBe(true);
	}
	await small.finish();
	const expected = ['0:1', '0:2', '1:1', '1:2', '2:7', '2:8', '2:10', '2:11', '3:1', '3:2', '4:3', '4:4', '5:1', '5:2'];
	expect(found).toEqual(expected.map((place) => `${place} ${place}`));
});

test.each([
	['is written otherwise', ' : ', {}],
	['came as Parquet', ':', { isFromParquet: true }],
])('a chunk that %s is left, and those taken before go on', async (_, colon, how) => {
	const found: unknown[] = [];
	const small = gatherTo(async ({ records }) => {
		found.push(...(await duckdb.rows(`select raw from (${records}) order by file`)).map(({ raw }) => raw));
	});
	expect(await small.take(await writeChunk(0, 1, 1), 0, { name: 'first' })).toBe(true);
	expect(await small.take(await writeChunk(1, 1, 1, colon), 1, { name: 'other', ...how })).toBe(false);
	expect(await small.take(await writeChunk(2, 1, 1), 2, { name: 'last' })).toBe(true);
	expect(found).toEqual([]);
	await small.finish();
	expect(found).toEqual(['{"is":"0:1"}', '{"is":"2:1"}']);
});
