import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PartitionEntry, TableManifest } from '../../../tasks/lake';
import { attach, type FileTable } from '../../../tasks/lake/partitions';
import { scratchCopy } from '../../../tasks/lake/scratch-copies';
import { writePartitions } from '../../../tasks/lake/write-partitions';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { MemoryStore } from '../../support/memory-store';

const table: FileTable = {
	name: 'silver_visits',
	columns: [
		{ name: 'visit_id', type: 'bigint' },
		{ name: 'page', type: 'string' },
	],
	partition: { column: 'visit_date' },
};
const memoryBytes = 256 * 1024 ** 2;

let scratch: string;
let duckdb: DuckDb;
let store: MemoryStore;
beforeEach(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-write-'));
	duckdb = await DuckDb.open({ memoryBytes, threads: 2, scratch });
	store = new MemoryStore();
});
afterEach(async () => {
	await duckdb.close();
	await rm(scratch, { recursive: true });
});

interface Visit {
	readonly visit_id: number;
	readonly page: string;
	readonly visit_date: string | null;
}

/** Shows rows as the relation `visits`. */
async function show(visits: readonly Visit[]): Promise<void> {
	await duckdb.execute('create or replace temp table visits (visit_id bigint, page varchar, visit_date date)');
	if (visits.length === 0) return;
	const values = visits.map(({ visit_id, page, visit_date }) => {
		return `(${visit_id}, '${page}', ${visit_date === null ? 'null' : `date '${visit_date}'`})`;
	});
	await duckdb.execute(`insert into visits values ${values.join(', ')}`);
}

const write = (
	partitions: readonly string[],
	options: { attempt?: string; current?: TableManifest['partitions']; keep?: boolean } = {},
) => writePartitions({ store, duckdb, scratch }, table, { from: 'visits', partitions, attempt: 'a1', ...options });

const byName = (entries: ReadonlyMap<string, PartitionEntry>) => Object.fromEntries([...entries].sort());
const manifest = (entries: ReadonlyMap<string, PartitionEntry>): TableManifest => ({
	format: 1,
	table: table.name,
	contract: 1,
	partitions: byName(entries),
});

/** The rows of all entries, by their partition. */
async function read(entries: ReadonlyMap<string, PartitionEntry>): Promise<Visit[]> {
	await attach({ store, duckdb, scratch }, table, manifest(entries), { as: 'stored' });
	const rows = await duckdb.rows('select * from stored order by visit_id');
	return rows.map((row) => ({ ...row, visit_id: Number(row.visit_id) })) as unknown as Visit[];
}

const dates = ['0044-03-15 (BC)', '2026-11-20', '2026-11-21', '2026-12-01', '12026-01-01'];
const names = [...dates, 'none'];
const visits = fc
	.array(fc.record({ page: fc.constantFrom('home', 'cart'), visit_date: fc.constantFrom(...dates, null) }), {
		maxLength: 30,
	})
	.map((rows) => rows.map((row, index): Visit => ({ visit_id: index, ...row })));

describe('partitions written together', () => {
	it('hold what they would hold if each was written alone, whichever are asked for', async () => {
		let run = 0;
		await fc.assert(
			fc.asyncProperty(visits, fc.subarray(names), async (rows, asked) => {
				run++;
				await show(rows);
				const together = await write(asked, { attempt: `together${run}` });
				const alone = new Map<string, PartitionEntry>();
				for (const name of asked)
					for (const [key, entry] of await write([name], { attempt: `alone${run}` })) alone.set(key, entry);
				const contents = (entries: ReadonlyMap<string, PartitionEntry>) =>
					[...entries]
						.map(([name, { rows, fingerprint }]) => ({ name, rows, fingerprint }))
						.sort((a, b) => (a.name < b.name ? -1 : 1));
				expect(contents(together)).toEqual(contents(alone));
				expect(await read(together)).toEqual(rows.filter(({ visit_date }) => asked.includes(visit_date ?? 'none')));
			}),
			{ numRuns: 25 },
		);
	});

	it('are one file each, however many they are', async () => {
		await duckdb.execute(
			`create temp table visits as
			 select i as visit_id, 'home' as page, cast(date '2025-01-01' + cast(i % 300 as int) as date) as visit_date from range(9000) t(i)`,
		);
		const asked = (await duckdb.rows('select distinct visit_date from visits')).map(({ visit_date }) =>
			String(visit_date),
		);
		const written = await write(asked);
		expect(written.size).toBe(300);
		for (const [name, { rows, files }] of written) {
			const key = `silver/visits/visit_date=${name}/v=a1/part-0.parquet`;
			expect({ rows, files }).toEqual({
				rows: 30,
				files: [{ key, rows: 30, bytes: expect.any(Number), sha256: expect.any(String) }],
			});
		}
		expect(store.keys()).toHaveLength(300);
		expect((await read(written)).map(({ visit_id }) => visit_id)).toEqual([...Array(9000).keys()]);
	});

	it('keep their entries where their rows are as before, and upload nothing', async () => {
		const before: Visit[] = [
			{ visit_id: 1, page: 'home', visit_date: '2026-11-20' },
			{ visit_id: 2, page: 'home', visit_date: '2026-11-21' },
			{ visit_id: 3, page: 'cart', visit_date: null },
		];
		await show(before);
		const current = byName(await write(names));
		await show(before.map((visit) => (visit.visit_id === 2 ? { ...visit, page: 'cart' } : visit)).reverse());
		const written = byName(await write(names, { attempt: 'a2', current }));
		expect(written['2026-11-20']).toEqual(current['2026-11-20']);
		expect(written.none).toEqual(current.none);
		expect(written['2026-11-21']).toMatchObject({ version: 'a2', rows: 1 });
		expect(store.keys().filter((key) => key.includes('v=a2'))).toEqual([
			'silver/visits/visit_date=2026-11-21/v=a2/part-0.parquet',
		]);
	});

	it('leave their files in scratch only where they are to be kept', async () => {
		await show(dates.map((visit_date, visit_id) => ({ visit_id, page: 'home', visit_date })));
		const copies = (entries: ReadonlyMap<string, PartitionEntry>) =>
			[...entries.values()].flatMap(({ files }) => files.map(({ key }) => existsSync(scratchCopy(scratch, key))));
		expect(copies(await write(names, { attempt: 'a1' }))).toEqual(dates.map(() => false));
		expect(copies(await write(names, { attempt: 'a2', keep: true }))).toEqual(dates.map(() => true));
	});

	it('stop at the first upload that fails', async () => {
		await show(dates.map((visit_date, visit_id) => ({ visit_id, page: 'home', visit_date })));
		store = new MemoryStore({
			before: (_, key) => {
				if (key.includes('2026-11-21')) throw new Error('no answer');
			},
		});
		await expect(write(names)).rejects.toThrow('no answer');
	});
});
