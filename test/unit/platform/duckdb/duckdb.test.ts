import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';
import { until } from '../../../support/until';

let scratch: string;
beforeEach(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
});
afterEach(() => rm(scratch, { recursive: true }));

const open = () => DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 2, scratch });
/** Statements that run for minutes. */
const endless = {
	plain: 'select sum(hash(a.range + b.range)) as sum from range(1000000) a, range(100000) b',
	bound: 'select sum(hash(a.range + $x)) as sum from range(1000000) a, range(100000) b',
};

// Only there DuckDB brings an allocator of its own.
const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('memory of a dropped table goes back to the system, without another statement', async () => {
	const duckdb = await open();
	const residentMib = () => process.memoryUsage.rss() / 1024 ** 2;
	await duckdb.execute(
		'create temp table numbers as select hash(range) as a, hash(range + 1) as b from range(8000000)',
	);
	const filled = residentMib();
	await duckdb.execute('drop table numbers');
	await until(
		async () => residentMib(),
		(mib) => mib < filled - 64,
	);
	await duckdb.close();
});

describe('several connections', () => {
	const settings = (duckdb: DuckDb) =>
		duckdb.row(
			`select current_setting('threads') as threads, current_setting('preserve_insertion_order') as keep, current_setting('TimeZone') as zone`,
		);

	it('share tables but no temporary ones, keep the order of rows, and leave the settings as they were', async () => {
		const duckdb = await open();
		const before = await settings(duckdb);
		await duckdb.execute('create table shared (number bigint)');
		const numbered = await duckdb.withConnections(2, (connections) =>
			Promise.all(
				connections.map(async (connection, number) => {
					await connection.executeInOrder(
						`create temp table own as select range * 2 + ${number} as n from range(300000) where hash(range) % 3 > 0`,
					);
					await connection.execute('insert into shared select n from own');
					const { zone, threads } = await settings(connection);
					const { n } = await connection.row(
						'select count(*) as n from own as a join own as b on b.rowid = a.rowid + 1 where b.n <= a.n',
					);
					return { zone, threads, misplaced: Number(n) };
				}),
			),
		);
		expect(numbered).toEqual(Array(2).fill({ zone: 'UTC', threads: '1', misplaced: 0 }));
		expect(await duckdb.row('select count(distinct number) > 300000 as all from shared')).toEqual({ all: true });
		await expect(duckdb.rows('from own')).rejects.toThrow('own');
		expect(await settings(duckdb)).toEqual(before);
		await duckdb.close();
	});

	it('leave the settings as they were after a failure, too', async () => {
		const duckdb = await open();
		const before = await settings(duckdb);
		const failing = duckdb.withConnections(2, ([connection]) => (connection as DuckDb).execute('select no_column'));
		await expect(failing).rejects.toThrow('no_column');
		expect(await settings(duckdb)).toEqual(before);
		await duckdb.close();
	});

	it('are interrupted and closed together', async () => {
		const duckdb = await open();
		const messages: string[] = [];
		let begin = () => {};
		const begun = new Promise<void>((resolve) => {
			begin = resolve;
		});
		const work = duckdb
			.withConnections(3, async (connections) => {
				const running = connections.map((connection) => connection.execute(endless.plain));
				begin();
				for (const outcome of await Promise.allSettled(running)) {
					messages.push(outcome.status === 'rejected' ? (String(outcome.reason.message).split('!')[0] ?? '') : 'done');
				}
				await connections[0]?.execute('select 1');
			})
			.catch((error: Error) => messages.push(error.message));
		await begun;
		expect(await duckdb.close()).toBe(true);
		await work;
		expect(messages).toEqual([
			...Array(3).fill('INTERRUPT Error: Interrupted'),
			'The task is stopping; no more statements are run.',
		]);
	});
});

describe('closing a DuckDB', () => {
	it.each([
		['a statement that runs', (duckdb: DuckDb) => duckdb.execute(endless.plain)],
		['one with bound values', (duckdb: DuckDb) => duckdb.rows(endless.bound, { x: 1 })],
		['one with a fixed order of joins', (duckdb: DuckDb) => duckdb.executeAsJoined(endless.plain)],
	])('waits until %s has failed', async (_, start) => {
		const duckdb = await open();
		const events: string[] = [];
		const statement = start(duckdb).catch((error: Error) => events.push(error.message.split('!')[0] ?? ''));
		// An interrupt that falls before the statement begins is lost to it.
		duckdb.interrupt();
		expect(await duckdb.close()).toBe(true);
		events.push('closed');
		await statement;
		expect(events).toEqual(['INTERRUPT Error: Interrupted', 'closed']);
	});

	it('ends consecutive statements, at any time', async () => {
		await fc.assert(
			fc.asyncProperty(fc.nat({ max: 30 }), fc.nat({ max: 3 }), async (turns, sizes) => {
				const duckdb = await open();
				let isOver = false;
				const work = (async () => {
					for (;;) {
						await duckdb.rows(`select sum(hash(range)) as sum from range($size::bigint)`, { size: 10 ** (sizes + 3) });
						await duckdb.execute('create or replace temp table some as select range as x from range(1000)');
					}
				})().catch(() => {
					isOver = true;
				});
				for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
				expect(await duckdb.close()).toBe(true);
				await work;
				expect(isOver).toBe(true);
				expect(await duckdb.close()).toBe(true);
			}),
			{ numRuns: 20 },
		);
	});

	it('accepts no more statements after an interrupt', async () => {
		const duckdb = await open();
		duckdb.interrupt();
		await expect(duckdb.rows('select 1 as one')).rejects.toThrow('The task is stopping; no more statements are run.');
		expect(await duckdb.close()).toBe(true);
	});
});
