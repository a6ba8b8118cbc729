import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TaskContext } from '../../../tasks/context';
import { tables } from '../../../tasks/contracts';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { type ExportTablesOptions, exportTables } from '../../../tasks/query/export-tables';
import { inContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { publish } from '../../support/publish';

const store = new MemoryStore();
let folder: string;
const sales = (date: string, amount: number) =>
	`select 'Toys' as category, 'p1' as product_id, 'Top' as product_name, 1 as orders, 2 as units, ${amount} as amount, '${date}' as order_date`;

const exported = (options: ExportTablesOptions, from = store) =>
	inContext({ store: from }, (context) => exportTables(context, options));
/** The rows of a query on a DuckDB file that is opened anew, read-only. */
async function read(file: string, sql: string): Promise<Record<string, unknown>[]> {
	const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
	const connection = await instance.connect();
	try {
		return (await connection.runAndReadAll(sql)).getRowObjectsJson();
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

beforeAll(async () => {
	await inContext({ store }, async (context) => {
		await publish(context, { gold_daily_sales: { rows: sales('2026-11-20', 10.5) } });
		await publish(context, {
			gold_daily_sales: { rows: sales('2026-11-21', 0.25) },
			silver_products: {
				rows: "select 'p1' as product_id, 'Top' as name, 'Toys' as category, 1 as price, null as rating, 5 as current_stock, null as forecasted_demand",
			},
		});
	});
});
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-export-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes every Silver and Gold table, with its types and descriptions, into one file', async () => {
	const file = join(folder, 'lake.duckdb');
	const outcome = await exported({ file });
	expect(outcome).toMatchObject({
		...{ status: 'exported', head: 2, location: file },
		tables: expect.arrayContaining([
			{ table: 'gold_daily_sales', rows: 2 },
			{ table: 'silver_events', rows: 0 },
		]),
	});
	expect(await readdir(folder)).toEqual(['lake.duckdb']);
	const names = (await read(file, 'show tables')).map(({ name }) => name);
	expect(names).toEqual(tables.map(({ name }) => name).sort());
	expect(await read(file, 'from gold_daily_sales order by order_date')).toEqual([
		expect.objectContaining({ amount: '10.50', order_date: '2026-11-20', units: '2' }),
		expect.objectContaining({ amount: '0.25', order_date: '2026-11-21' }),
	]);
	expect(await read(file, 'from silver_products')).toEqual([
		{
			...{ product_id: 'p1', name: 'Top', category: 'Toys', price: '1.00' },
			...{ rating: null, current_stock: 5, forecasted_demand: null },
		},
	]);
	expect(
		await read(
			file,
			`select data_type, comment from duckdb_columns() where table_name = 'gold_daily_sales' and column_name = 'amount'`,
		),
	).toEqual([{ data_type: 'DECIMAL(18,2)', comment: 'Σ quantity × unit price.' }]);
});

it('writes an earlier head', async () => {
	const file = join(folder, 'lake.duckdb');
	expect(await exported({ file, at: 1 })).toMatchObject({ head: 1 });
	expect(await read(file, 'select count(*) as rows from gold_daily_sales')).toEqual([{ rows: '1' }]);
});

it('replaces a file only with --force', async () => {
	const file = join(folder, 'lake.duckdb');
	await exported({ file, at: 1 });
	await expect(exported({ file })).rejects.toMatchObject({
		...{ message: `${file} exists. --force replaces it.`, exitCode: 64 },
	});
	expect(await read(file, 'select count(*) as rows from gold_daily_sales')).toEqual([{ rows: '1' }]);
	await exported({ file, force: true });
	expect(await read(file, 'select count(*) as rows from gold_daily_sales')).toEqual([{ rows: '2' }]);
});

it('leaves the old file, and no other, if it fails', async () => {
	const file = join(folder, 'lake.duckdb');
	await exported({ file });
	const failing = store.door({
		before: (operation, key) => {
			if (operation === 'download' && key.startsWith('gold/')) throw new Error('no answer');
		},
	});
	await expect(exported({ file, force: true, at: 1 }, failing)).rejects.toThrow('no answer');
	expect(await readdir(folder)).toEqual(['lake.duckdb']);
	expect(await read(file, 'select count(*) as rows from gold_daily_sales')).toEqual([{ rows: '2' }]);
});

it('shows the rows and writes nothing in a dry run', async () => {
	expect(await exported({ file: join(folder, 'lake.duckdb'), dryRun: true })).toMatchObject({
		status: 'planned',
		tables: expect.arrayContaining([{ table: 'gold_daily_sales', rows: 2 }]),
	});
	expect(await readdir(folder)).toEqual([]);
});

it.each([
	['a folder', 'folder', () => `${folder}/folder is not a file. Name the DuckDB file to write.`],
	['a missing folder', 'missing/lake.duckdb', () => `There is no folder ${folder}/missing for lake.duckdb.`],
])('refuses %s, exit code 64', async (_, name, message) => {
	await mkdir(join(folder, 'folder'));
	const file = join(folder, name);
	await expect(exported({ file, force: true })).rejects.toMatchObject({
		message: message(),
		exitCode: 64,
	});
});

it('replaces a file that is not a DuckDB file, with --force', async () => {
	const file = join(folder, 'lake.duckdb');
	await writeFile(file, 'text');
	await exported({ file, force: true });
	expect(await read(file, 'select count(*) as rows from gold_daily_sales')).toEqual([{ rows: '2' }]);
});

it('refuses an empty lake, exit code 66', async () => {
	await expect(exported({ file: join(folder, 'lake.duckdb') }, new MemoryStore())).rejects.toMatchObject({
		exitCode: 66,
	});
});

it('writes more rows than fit in memory', async () => {
	const large = new MemoryStore();
	const count = 700_000;
	await inContext({ store: large }, (context) =>
		publish(context, {
			silver_orders: {
				rows: `select concat(md5(cast(range as varchar)), md5(cast(-range as varchar))) as order_id, md5(cast(range as varchar)) as user_id,
					1 as total_amount, 'completed' as status, date '2026-11-20' as order_date from range(${count})`,
			},
		}),
	);
	const file = join(folder, 'lake.duckdb');
	// The texts alone are 67 MB.
	await inContext({ store: large }, async (context) => {
		const scratch = await context.scratch();
		const duckdb = await DuckDb.open({ memoryBytes: 48 * 1024 ** 2, threads: 1, scratch });
		const limited: TaskContext = Object.create(context, { duckdb: { value: async () => duckdb } });
		await exportTables(limited, { file });
		await duckdb.close();
	});
	expect(await read(file, 'select count(*) as rows, count(distinct hash(order_id)) as ids from silver_orders')).toEqual(
		[{ rows: String(count), ids: String(count) }],
	);
});
