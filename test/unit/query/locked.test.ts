import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';
import { literal } from '../../../tasks/platform/duckdb/quote';
import { query } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { publish } from '../../support/publish';

const secret = 'the-secret';
const { context, dispose } = testContext({ store: new MemoryStore() });
let folder: string;

/** The answer of a statement; `FOLDER` in it is a folder outside of the lake, with a file `secret.csv`. */
const ask = async (sql: string, { unsafe = false }: { unsafe?: boolean } = {}) => {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql.replaceAll('FOLDER', folder));
	return query(context, { file, param: [], engine: 'duckdb', format: 'csv', unsafe });
};

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-locked-'));
	await writeFile(join(folder, 'secret.csv'), `a\n${secret}\n`);
	process.env.SHOPLAKE_TEST_SECRET = secret;
	await publish(context, {
		gold_order_kpis: {
			rows: "select 2 as total_orders, 13 as total_revenue, 4 as total_items_sold, 0 as return_rate, 2 as unique_customers, '2026-11-20' as order_date",
		},
	});
});
afterAll(async () => {
	await dispose();
	await rm(folder, { recursive: true });
});

const attempts = [
	"from read_text('FOLDER/secret.csv')",
	"from read_text(['/etc/passwd'])",
	"from read_text('file://FOLDER/secret.csv')",
	"from read_blob('/proc/self/environ')",
	"from read_text((select 'FOLDER/secret.csv'))",
	"from read_csv('FOLDER/secret.csv')",
	"from read_json('FOLDER/secret.csv')",
	"from read_parquet('FOLDER/secret.csv')",
	"from read_ndjson_objects('FOLDER/secret.csv')",
	"from read_duckdb('FOLDER/secret.csv')",
	"from parquet_metadata('FOLDER/secret.csv')",
	"from sniff_csv('FOLDER/secret.csv')",
	"from glob('FOLDER/*')",
	"from glob('/etc/*')",
	"select * from 'FOLDER/secret.csv'",
	"summarize 'FOLDER/secret.csv'",
	"describe 'FOLDER/secret.csv'",
	"from query('from read_text(''FOLDER/secret.csv'')')",
	"from query_table('FOLDER/secret.csv')",
	"select json_execute_serialized_sql(json_serialize_sql('select 1'))",
	"from json_execute_serialized_sql(json_serialize_sql('from read_text(''FOLDER/secret.csv'')'))",
	"from read_csv('http://127.0.0.1:9/x.csv')",
	"from read_parquet('s3://lake/x.parquet')",
	"select * from gold_order_kpis where (select count(*) from read_text('FOLDER/secret.csv')) > 0",
	"explain analyze from read_text('FOLDER/secret.csv')",
	"pivot (from read_csv('FOLDER/secret.csv')) on a using count(*)",
	"select getenv('SHOPLAKE_TEST_SECRET')",
	"copy (select 1) to 'FOLDER/out.csv'",
	"copy gold_order_kpis to 'FOLDER/out.csv'",
	"explain analyze copy (select 1) to 'FOLDER/out.csv'",
	"export database 'FOLDER/out'",
	"attach 'FOLDER/out.db'",
	"create table t as from read_text('FOLDER/secret.csv')",
	'install httpfs',
	"load 'FOLDER/out.duckdb_extension'",
	'set enable_external_access = true',
	'reset lock_configuration',
	'pragma database_list',
	"pragma import_database('FOLDER')",
	'call pragma_version()',
	"from enable_logging(storage = 'file', storage_config = {'path': 'FOLDER/out'})",
	"select 1; copy (select 1) to 'FOLDER/out.csv'",
	"select $$'$$; copy (select 1) to 'FOLDER/out.csv'; select $$'$$",
	"/* /* */ select 1 */ copy (select 1) to 'FOLDER/out.csv'",
];

it.each(attempts)('refuses %s with exit code 65', async (sql) => {
	const error = await ask(sql).then(
		(text) => new Error(`answered ${text}`),
		(error: Error) => error,
	);
	expect(error).toMatchObject({ exitCode: 65 });
	expect(error.message).not.toContain(secret);
	expect((await readdir(folder)).sort()).toEqual(['q.sql', 'secret.csv']);
});

it.each(["from read_text('FOLDER/secret.csv')", "from glob('/etc/*')"])(
	'says what is allowed instead of %s',
	async (sql) => {
		await expect(ask(sql)).rejects.toThrow(
			/ - file system operations are disabled by configuration\. A query may only read: select, .* --unsafe lifts this, for SQL that you trust\.$/,
		);
	},
);

it.each([
	'from duckdb_secrets()',
	'select name, value from duckdb_settings()',
	'from duckdb_views()',
	'from duckdb_variables()',
	"from glob((select value from duckdb_settings() where name = 'temp_directory') || '/../*')",
])('reveals neither the environment nor other files: %s', async (sql) => {
	const told = await ask(sql).catch((error: Error) => error.message);
	expect(told).not.toContain(secret);
	expect(told).not.toContain('secret.csv');
	expect(told).not.toContain(homedir());
});

it('allows all of it with --unsafe, except a second statement', async () => {
	expect(await ask("select content from read_text('FOLDER/secret.csv')", { unsafe: true })).toContain(secret);
	await ask("copy (select total_orders from gold_order_kpis) to 'FOLDER/unsafe.csv'", { unsafe: true });
	expect(existsSync(join(folder, 'unsafe.csv'))).toBe(true);
	await rm(join(folder, 'unsafe.csv'));
	await expect(ask('select 1; select 2', { unsafe: true })).rejects.toMatchObject({ exitCode: 65 });
	await expect(ask("from read_csv('FOLDER/nowhere.csv')", { unsafe: true })).rejects.toMatchObject({ exitCode: 65 });
});

describe('a locked DuckDB', () => {
	let scratch: string;
	let duckdb: DuckDb;
	beforeAll(async () => {
		scratch = await mkdtemp(join(tmpdir(), 'shoplake-locked-'));
		await mkdir(join(scratch, 'own', 'day=1'), { recursive: true });
		await writeFile(join(scratch, 'own', 'day=1', 'a.csv'), 'a\n1\n');
		await writeFile(join(scratch, 'own', 'day=1', 'b.csv'), 'a\n2\n');
		await symlink(join(folder, 'secret.csv'), join(scratch, 'own', 'link.csv'));
		await symlink(folder, join(scratch, 'own', 'folder'));
		duckdb = await DuckDb.open({ memoryBytes: 64 * 1024 ** 2, threads: 1, scratch });
		await duckdb.lock([join(scratch, 'own')]);
	});
	afterAll(async () => {
		duckdb.close();
		await rm(scratch, { recursive: true });
	});
	const own = (path: string) => literal(join(scratch, 'own', path));

	it('reads the files of its folders', async () => {
		expect(await duckdb.rows(`select sum(a)::int as n from read_csv(${own('day=*/*.csv')})`)).toEqual([{ n: 3 }]);
	});

	it.each(['link.csv', 'folder/secret.csv', '../../../etc/passwd', 'day=1/../../spill/../own/link.csv'])(
		'follows no way out of them: %s',
		async (path) => {
			const sql = `from read_text(${literal(`${scratch}/own/${path}`)})`;
			await expect(duckdb.rows(sql)).rejects.toThrow('Permission Error');
		},
	);

	it.each([
		'set threads = 2',
		'set lock_configuration = false',
		'set allowed_directories = []',
		'reset enable_external_access',
	])('keeps its settings: %s', async (sql) => {
		await expect(duckdb.execute(sql)).rejects.toThrow('the configuration has been locked');
	});

	it('spills what does not fit into its memory', async () => {
		const { rows } = await duckdb.stream(
			"select i from (select range as i, repeat('x', 200) || range as t from range(600_000)) order by hash(t), t",
			{},
		);
		let spilled: string[] = [];
		let [count, sum] = [0, 0];
		for await (const piece of rows) {
			if (count === 0) spilled = await readdir(join(scratch, 'spill'));
			count += piece.length;
			for (const [value] of piece) sum += Number(value);
		}
		expect(spilled).not.toEqual([]);
		expect([count, sum]).toEqual([600_000, (600_000 * 599_999) / 2]);
	});
});
