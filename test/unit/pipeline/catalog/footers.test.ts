import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tables } from '../../../../tasks/contracts';
import { duckdbType } from '../../../../tasks/lake/partitions';
import { definitions } from '../../../../tasks/pipeline/catalog/definition';
import type { DesiredTable } from '../../../../tasks/pipeline/catalog/desired';
import {
	compareFooter,
	filesToInspect,
	inspectFooters,
	isReadableAs,
} from '../../../../tasks/pipeline/catalog/footers';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { DataRefusedError } from '../../../../tasks/platform/errors';

const desiredTable = (name: string, files: DesiredTable['files'] = new Map()): DesiredTable => {
	const definition = definitions.find((known) => known.name === name);
	if (!definition) throw new Error(name);
	return { definition, source: '', location: '', partitions: new Map(), files };
};
const file = (key: string, bytes: number) => ({ key, bytes, rows: 1 });

it.each([
	['int', 'bigint', true],
	['bigint', 'int', false],
	['float', 'double', true],
	['decimal(12,2)', 'decimal(18,2)', true],
	['decimal(18,2)', 'decimal(12,2)', false],
	['decimal(12,2)', 'decimal(18,4)', false],
	['string', 'int', false],
])('a file’s %s read as %s: %s', (found, wanted, expected) => {
	expect(isReadableAs(found, wanted)).toBe(expected);
});

it('takes the smallest file of each run, or of all', () => {
	const files = new Map([
		['2026-11-20', [file('t/d=20/v=a/part-0', 9), file('t/d=20/v=a/part-1', 5)]],
		['2026-11-21', [file('t/d=21/v=a/part-0', 7)]],
		['2026-11-22', [file('t/d=22/v=b/part-0', 6)]],
	]);
	const table = desiredTable('gold_daily_sales', files);
	expect(filesToInspect(table, files.keys(), true)).toEqual(['t/d=20/v=a/part-1', 't/d=22/v=b/part-0']);
	expect(filesToInspect(table, files.keys(), false)).toEqual(['t/d=20/v=a/part-1']);
	expect(filesToInspect(table, ['2026-11-21'], true)).toEqual(['t/d=21/v=a/part-0']);
});

it('tells what is absent or narrower from what can’t be read', () => {
	const found = new Map([
		['user_id', 'string'],
		['orders', 'int'],
		['revenue', 'double'],
		['former', 'string'],
	]);
	expect(compareFooter(desiredTable('gold_customer_daily'), 'k', found)).toEqual({
		drift: [{ table: 'gold_customer_daily', kind: 'footer', name: 'orders in k', found: 'int', expected: 'bigint' }],
		incompatible: [
			{ table: 'gold_customer_daily', column: 'revenue', key: 'k', found: 'double', expected: 'decimal(18,2)' },
			{ table: 'gold_customer_daily', column: 'former', key: 'k', found: 'string', expected: null },
		],
	});
});

it('reads the types of every contract from files as the engine writes them, even past the usual footer', async () => {
	const scratch = await mkdtemp(join(tmpdir(), 'shoplake-footers-'));
	const duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch });
	try {
		for (const { name, columns } of tables) {
			const path = join(scratch, `${name}.parquet`);
			const row = columns.map(({ name, type }) => `cast(null as ${duckdbType(type)}) as ${name}`).join(', ');
			await duckdb.execute(`copy (select ${row} from range(3)) to '${path}' (format parquet)`);
			const bytes = await readFile(path);
			const asked: number[] = [];
			const tail = async (_: string, length: number) => {
				asked.push(length);
				const end = bytes.subarray(-Math.min(length, asked.length === 1 ? 100 : length));
				return new Uint8Array(end).slice().buffer;
			};
			expect(await inspectFooters(desiredTable(name), [path], tail)).toEqual({ drift: [], incompatible: [] });
			expect(asked).toHaveLength(2);
		}
	} finally {
		duckdb.close();
		await rm(scratch, { recursive: true });
	}
});

it.each([
	[
		'missing',
		() => Promise.reject(Object.assign(new Error('gone'), { name: 'NoSuchKey' })),
		'is missing, though the lake',
	],
	['empty', () => Promise.reject(Object.assign(new Error('416'), { name: 'InvalidRange' })), 'is damaged: it is empty'],
	['cut off', async () => new ArrayBuffer(5), 'is damaged: it has no Parquet footer'],
	['something else', async () => new TextEncoder().encode('not a Parquet file at all').buffer, 'is damaged: it has no'],
] as const)('tells of a file that is %s how to fix it', async (_, tail, message) => {
	const key = 'silver/orders/order_date=2026-11-20/v=a/part-0.parquet';
	const inspecting = inspectFooters(desiredTable('silver_orders'), [key], tail);
	await expect(inspecting).rejects.toThrow(DataRefusedError);
	await expect(inspecting).rejects.toThrow(`${key} ${message}`);
	await expect(inspecting).rejects.toThrow("Run 'shoplake rebuild' to recompute it from Bronze.");
});
