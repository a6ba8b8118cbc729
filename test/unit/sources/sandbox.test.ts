import { readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Sandbox } from '../../../tasks/sources';
import { makeSource } from '../../../tasks/sources/sql-source';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

const secret = 'the-secret';
const settings = JSON.stringify({
	title: 'Shop',
	files: { source: { match: ['*.csv'] }, prices: { match: ['prices*'], role: 'lookup' } },
});
const { context, dispose } = testContext({ store: new MemoryStore() });
afterAll(dispose);

/** Runs a statement of products over two rows; `FOLDER` in it is a folder with a file `secret.csv`. */
async function compute(sql: string, { limitMs, view }: { limitMs?: number; view?: string } = {}) {
	const folder = await context.scratch();
	await writeFile(join(folder, 'secret.csv'), `a\n${secret}\n`);
	process.env.SHOPLAKE_TEST_SECRET = secret;
	const texts = new Map([
		['source.json', settings],
		['products.sql', sql.replaceAll('FOLDER', folder)],
		...(view === undefined ? [] : [['shared.sql', view.replaceAll('FOLDER', folder)] as const]),
	]);
	const duckdb = await context.duckdb();
	const database = join(folder, 'source.duckdb');
	const sandbox = await Sandbox.create(duckdb, database, makeSource('my-shop', texts), {
		values: {},
		...(limitMs === undefined ? {} : { limitMs }),
	});
	await duckdb.execute(
		`create table source as select 0 as _file, cast(unnest([2, 3]) as bigint) as _line, 'p' as id, 'x' as tables;
		 create table prices as select 1 as _file, cast(2 as bigint) as _line, 'p' as id, '1.50' as price`,
	);
	try {
		await sandbox.compute();
		return {
			records: await duckdb.rows('from results.products order by line, json'),
			files: await readdir(folder),
			...(await sandbox.countRows()),
		};
	} catch (error) {
		return { error: error as Error & { exitCode?: number }, records: undefined, files: await readdir(folder) };
	} finally {
		await sandbox.close();
	}
}

/** A statement that gives products with another select's value as their name. */
const naming = (expression: string) =>
	`select _file, _line, id as product_id, 'all' as category, ${expression} as name, '1' as price from source`;

const attacks = [
	"from read_text('FOLDER/secret.csv')",
	"from read_blob('/proc/self/environ')",
	"from read_csv('FOLDER/secret.csv')",
	"from read_json('FOLDER/secret.csv')",
	"from read_parquet('FOLDER/secret.csv')",
	"from read_duckdb('FOLDER/source.duckdb')",
	"from parquet_metadata('FOLDER/secret.csv')",
	"from sniff_csv('FOLDER/secret.csv')",
	"from glob('FOLDER/*')",
	"from glob('/etc/*')",
	"from 'FOLDER/secret.csv'",
	'from "FOLDER/secret.csv"',
	"from query('select 1')",
	"from query_table('source')",
	"from read_csv('http://127.0.0.1:9/x.csv')",
	"from read_parquet('s3://lake/x.parquet')",
	"from json_execute_serialized_sql(json_serialize_sql('select 1'))",
	'from duckdb_settings()',
	'from duckdb_secrets()',
	'from pg_settings',
	'from pg_catalog.pg_settings',
	'from information_schema.tables',
	'from duckdb_tables',
	'from sqlite_master',
	'from results.unparsable',
	'from sandbox.main.source',
	'from silver_orders',
	'with pg_settings as (from pg_settings) from pg_settings',
	'with a as (select 1), b as (with c as (from a) from c) from c',
	'describe source',
	'summarize source',
	'show tables',
	'from (describe source)',
	"copy (select 1) to 'FOLDER/out.csv'",
	"copy source to 'FOLDER/out.csv'",
	"attach 'FOLDER/out.db'",
	"export database 'FOLDER/out'",
	'install httpfs',
	'load httpfs',
	'pragma database_list',
	'call pragma_version()',
	'set threads = 1',
	'reset memory_limit',
	'create table t as select 1',
	'insert into source values (0, 1)',
	'drop table source',
	'explain analyze select 1',
	'pivot source on id using count(*)',
	'select 1; drop table source',
	"select 1; copy (select 1) to 'FOLDER/out.csv'",
	'/* /* */ select 1 */ drop table source',
	naming("current_setting('temp_directory')"),
	naming("getenv('SHOPLAKE_TEST_SECRET')"),
	naming("(select content from read_text('FOLDER/secret.csv'))"),
	naming("(select value from duckdb_settings() where name = 'temp_directory')"),
	naming("(select max(content) from (select unnest([1])) as t, lateral (from read_text('FOLDER/secret.csv')))"),
	naming("write_log('x', level := 'error', scope := 'database')"),
	naming('cast(uuid() as varchar)'),
	naming('cast(random() as varchar)'),
	'from enable_logging()',
	'from force_checkpoint()',
	'select _file, _line from source where exists (from duckdb_settings())',
	'',
	'-- nothing',
];

describe.each([
	['a dataset', (sql: string) => compute(sql)],
	['a view', (sql: string) => compute(naming("'x'"), { view: sql })],
])('a statement of %s', (_, attack) => {
	it.each(attacks)('is refused, with its file, where it does more than select from the source: %s', async (sql) => {
		const { error, files } = await attack(sql);
		expect(error).toMatchObject({ exitCode: 65, message: expect.stringMatching(/^my-shop\/(products|shared)\.sql/) });
		expect(error?.message).not.toMatch(new RegExp(`${secret}|${homedir()}`));
		expect(files.sort()).toEqual(['secret.csv', 'source.duckdb', 'source.duckdb.wal']);
	});
});

it.each<[string, string]>([
	['from pg_settings', 'my-shop/products.sql:1:6: the source has no relation pg_settings. It has source, prices.'],
	[
		'select *\nfrom source, "silver_ordérs"',
		'my-shop/products.sql:2:14: the source has no relation silver_ordérs. It has source, prices.',
	],
	[
		naming("/* ü */ current_setting('x')"),
		'my-shop/products.sql:1:67: the function current_setting is refused. A statement of a source is one select over the relations and views of the source.',
	],
	[
		"select *\n  from read_csv('x')",
		'my-shop/products.sql:2:8: the function read_csv is refused. A statement of a source is one select over the relations and views of the source.',
	],
	[
		'drop table source',
		'my-shop/products.sql is not a select. A statement of a source is one select over the relations and views of the source.',
	],
	[
		'select 1; select 2',
		'my-shop/products.sql has several statements. A statement of a source is one select over the relations and views of the source.',
	],
])('the message says what is allowed: %s', async (sql, message) => {
	expect((await compute(sql)).error?.message).toBe(message);
});

it.each([
	naming('id'),
	`with a as (select *, 'x' as n from source), b as (from a) select _file, _line, id as product_id, n as category, n as name, '1' as price from b;`,
	`with recursive n as (select 1 as i union all select i + 1 from n where i < 3), one as (select max(i) as i from n)
	 select _file, _line, id as product_id, 'x' as category, 'n' as name, i as price from source, one`,
	`select s._file, s._line, id as product_id, tables as category, unnest(['n']) as name, coalesce(price, '1') as price
	 from source as s left join prices using (id) qualify row_number() over (partition by s._line order by s._file) = 1`,
	`select _file, _line, source.id as product_id, j.key as category, 'n' as name, list_sum(list_transform([1, 2], lambda x: x)) as price
	 from source, json_each('{"k": 1}') as j, range(1) as r`,
	`select _file, _line, id as product_id, strftime(timezone('Europe/Berlin', timestamptz '2026-11-20 00:00:00+00'), '%d') as category,
		'n' as name, '1' as price from source
	 union all select _file, _line, 'other', 'c', 'n', '2' from source`,
	`select * rename (v as name) from (
		unpivot (select _file, _line, id as product_id, 'c' as category, '1' as price, tables as t from source) on t into name k value v
	 )`,
])('plain SQL is allowed: %s', async (sql) => {
	const { error, records } = await compute(sql);
	expect(error).toBeUndefined();
	expect(records?.length).toBeGreaterThanOrEqual(2);
	expect(JSON.parse(String(records?.[0]?.json))).toMatchObject({
		product_id: expect.anything(),
		price: expect.anything(),
	});
});

it('a view is computed once: all statements see the same rows', async () => {
	const { records } = await compute(
		"select _file, _line, id as product_id, 'c' as category, a.n as name, b.n as price from shared a join shared b using (_file, _line, id)",
		{ view: 'select *, row_number() over () as n from source' },
	);
	expect(records?.map(({ json }) => JSON.parse(String(json)))).toEqual([
		expect.objectContaining({ name: expect.any(Number) }),
		expect.objectContaining({ name: expect.any(Number) }),
	]);
	for (const { json } of records ?? []) {
		const { name, price } = JSON.parse(String(json));
		expect(name).toBe(price);
	}
});

it('rows of a lookup are not counted; a record may come from one', async () => {
	const sql = "select _file, _line, id as product_id, 'c' as category, 'n' as name, price from prices";
	expect(await compute(sql)).toMatchObject({ rows: 2, unused: 2, records: [{ file: 1, line: '2' }] });
});

it('a statement that takes too long is stopped', async () => {
	const endless = naming('(select sum(a.range + b.range) from range(10000000) a, range(10000000) b)');
	const { error } = await compute(endless, { limitMs: 300 });
	expect(error).toMatchObject({
		exitCode: 65,
		message:
			'my-shop/products.sql takes longer than 0.3 seconds. Look for a join without its condition, or load fewer files in a batch.',
	});
});

it('a statement that needs too much memory fails as any task does', async () => {
	const { error } = await compute(naming('(select len(list(range)) from range(1000000000))'));
	expect(error?.message).toMatch(/^Out of Memory Error: /);
});
