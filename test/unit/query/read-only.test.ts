import { checkReadOnly } from '../../../tasks/query/read-only';

const engines = ['duckdb', 'athena'] as const;

describe.each(engines)('a statement for %s', (engine) => {
	it.each([
		'select 1',
		'SELECT 1',
		'-- note\n/* more */ select 1',
		'with t as (select 1) select * from t',
		'(select 1) union (select 2)',
		'((select 1))',
		'\u00a0select\u00a01',
		'\u3000with t as (select 1) table\u2003t',
		'values (1)',
		'table gold_order_kpis',
		'show tables',
		'describe gold_order_kpis',
		'explain select 1',
		'explain analyze select 1',
		'explain (format json) select 1',
		'explain (select 1)',
		'EXPLAIN ANALYZE VERBOSE (select 1)',
		`select 'drop table t' as "insert" from t`,
		'select checkpoint from t',
	])('may be %j', (sql) => {
		expect(() => checkReadOnly(sql, 'q.sql', engine)).not.toThrow();
	});

	it.each([
		'insert into t select 1',
		'create table t as select 1',
		'drop table t',
		'/* select */ drop table t',
		'-- select\rdrop table t',
		'copy (select 1) to $$/tmp/x$$',
		'unload (select 1) to $$s3://b/$$',
		'msck repair table t',
		'alter table t add partition (d = 1)',
		'attach $$x.db$$',
		'export database $$x$$',
		'import database $$x$$',
		'install httpfs',
		'load httpfs',
		'set threads = 1',
		'reset threads',
		'pragma version',
		'call pragma_version()',
		'use temp',
		'checkpoint',
		'vacuum',
		'begin',
		'prepare p as select 1',
		'execute p',
		'using external function f() returns int lambda $$x$$ select f()',
		'explain insert into t select 1',
		'explain analyze insert into t select 1',
		'explain analyze verbose drop table t',
		'explain (format json) drop table t',
		'explain (type distributed) (format json) drop table t',
		'(drop table t)',
		'explain',
		'"select" 1',
		'1',
		'from enable_logging()',
		'select * from system.main."force_checkpoint" ()',
		"select * from table(lambda_catalog.system.query(query => 'drop table t'))",
		"select write_log('x')",
	])('may not be %j', (sql) => {
		expect(() => checkReadOnly(sql, 'q.sql', engine)).toThrow(
			expect.objectContaining({
				exitCode: 65,
				message: expect.stringMatching(/^q\.sql, line 1.*is refused\. A query may only read: select, .*--unsafe/s),
			}),
		);
	});
});

it('gives the position of a refused statement', () => {
	expect(() => checkReadOnly('-- a note\n  drop table t', 'q.sql', 'athena')).toThrow(
		'q.sql, line 2, column 3: a statement that starts with drop is refused.',
	);
});

it.each([
	['select /* /* */ 1', 'a comment within a comment'],
	["select $$'$$", 'a string that begins with $$'],
	[String.raw`select e'\''`, "a string that begins with e'"],
	['show create table `t`', 'a name in backticks'],
])('refuses on Athena what Athena parses differently: %j', (sql, what) => {
	expect(() => checkReadOnly(sql, 'q.sql', 'athena')).toThrow(what);
	expect(() => checkReadOnly(sql, 'q.sql', 'duckdb')).not.toThrow();
});
