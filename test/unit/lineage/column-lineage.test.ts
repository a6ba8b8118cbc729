import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineageParser } from '../../../tasks/lineage/parse-select';
import { inputRelation } from '../../../tasks/lineage/relation';
import { DuckDb } from '../../../tasks/platform/duckdb/duckdb';

let scratch: string;
let duckdb: DuckDb;
let parser: LineageParser;
beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-lineage-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch });
	parser = await LineageParser.create(duckdb);
});
afterAll(async () => {
	await duckdb.close();
	await rm(scratch, { recursive: true });
});

/** `a` and `b` have known columns; those of `open` are not known. */
const inputs = new Map([
	['a', inputRelation('a', ['id', 'x', 'y'])],
	['b', inputRelation('b', ['id', 'z'])],
	['open', inputRelation('open')],
]);

/** Where each named column comes from, as text: `a.x` copied, `f(a.x)` computed, `sum(a.x)` aggregated. */
async function derive(sql: string, ...names: string[]): Promise<(string | undefined)[]> {
	const relation = await parser.derive(sql, inputs);
	return names.map((name) =>
		relation
			.derive(name)
			?.map(({ relation, column, how }) => {
				const source = `${relation}.${column ?? '*'}`;
				return { copied: source, computed: `f(${source})`, aggregated: `sum(${source})` }[how];
			})
			.sort()
			.join(' '),
	);
}

test.each([
	['a column, renamed', 'select x as c from a', ['a.x']],
	['an expression', 'select x + y * 2 as c from a', ['f(a.x) f(a.y)']],
	['a cast', 'select cast(x as int) as c from a', ['f(a.x)']],
	['a constant', "select 'x' as c from a", ['']],
	['a condition', 'select case when x > 1 then y end as c from a', ['f(a.x) f(a.y)']],
	['a sum', 'select sum(x) as c from a', ['sum(a.x)']],
	['a copy of a sum', 'with s as (select sum(x) as x from a) select s.x as c from s', ['sum(a.x)']],
	['a number of rows', 'select count(*) as c from a', ['sum(a.*)']],
	['a number of rows of a join', 'select count(*) as c from a join b using (id)', ['sum(a.*) sum(b.*)']],
	['a number of values', 'select count(distinct x) as c from a', ['sum(a.x)']],
	['a running sum', 'select sum(x) over (partition by y order by id) as c from a', ['f(a.id) f(a.x) f(a.y)']],
	['a row number', 'select row_number() over () as c from a', ['sum(a.*)']],
	['a row number within a part', 'select row_number() over (partition by x) as c from a', ['f(a.x) sum(a.*)']],
	['an aliased table', 'select t.x as c from a as t', ['a.x']],
	['the table that has the column', 'select z as c from a cross join b', ['b.z']],
	['both sides of using', 'select id as c from a join b using (id)', ['a.id b.id']],
	['all columns', 'select * from (select y as c, * from a)', ['a.y']],
	['all columns but some', 'select * exclude (id) replace (x + y as y), y as c from a', ['a.y']],
	['both parts of a union, by place', 'select x as c from a union all select z + 1 from b', ['a.x f(b.z)']],
	['places without names', 'select 1 as d, x as c from a union all select y, -z from a, b', ['a.x f(b.z)']],
	['a name of the select itself', 'select x + 1 as d, d * 2 as c from a', ['f(a.x)']],
	['a column before a name of the select', 'select x as y, y as c from a', ['a.y']],
	[
		'a subquery with a column from around it',
		'select (select max(z) from b where b.id = a.id) as c from a',
		['f(a.id) f(b.id) sum(b.z)'],
	],
	['a test for membership', 'select x in (select z from b) as c from a', ['f(a.x) f(b.z)']],
	['renamed columns of an expression', 'with t(c, d) as (select x, y from a) select c from t', ['a.x']],
	['the one table whose columns are unknown', 'select w as c from open cross join b', ['open.w']],
	['names in other letters', 'select A.X as c from a', ['a.x']],
])('derives %s', async (_, sql, expected) => {
	expect(await derive(sql, 'c')).toEqual(expected);
});

test.each([
	['a name that two unknown tables may have', 'select w as c from open cross join open as other'],
	['a column that no table has', 'select nothing as c from a'],
	['what a lambda computes', 'select list_transform(x, e -> e + 1) as c from a'],
	[
		'a column of a recursion',
		'with recursive t as (select x as c from a union all select c + 1 from t) select c from t',
	],
	['what is not a select', 'summarize a'],
	['a text with a mistake', 'select from from'],
])('does not guess %s', async (_, sql) => {
	expect(await derive(sql, 'c')).toEqual([undefined]);
});

test('a column beside one that is not derived is derived', async () => {
	expect(await derive('select nothing as d, x as c from a', 'd', 'c')).toEqual([undefined, 'a.x']);
});

test('tells what decides which rows there are', async () => {
	const sql = 'select y from a join b on b.id = a.id where z > 1 group by y having max(x) > 0';
	const { rows } = await parser.derive(sql, inputs);
	expect(rows.map(({ relation, column }) => `${relation}.${column}`).sort()).toEqual([
		'a.id',
		'a.x',
		'a.y',
		'b.id',
		'b.z',
	]);
});
