import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streams } from '../../../tasks/contracts';
import { runQuery } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { today } from '../../support/live-objects';
import { MemoryStore } from '../../support/memory-store';

const { prefix } = streams.live_orders;
const days = ['2026-11-01', '2026-11-02', '2026-11-03', today];
const store = new MemoryStore();
let read: string[] = [];
const { context, dispose } = testContext({
	store: store.door({
		before: (operation, key) => {
			if (operation === 'read') read.push(key.slice(prefix.length, prefix.length + 10).replaceAll('/', '-'));
		},
	}),
});
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-days-'));
	for (const [index, day] of days.entries()) {
		const order = { orderid: String(index), product_name: 'Phone', quantity: index + 1, price: 1 };
		await store.putText(`${prefix}${day.replaceAll('-', '/')}/10/object`, `${JSON.stringify(order)}\n`);
	}
});
afterAll(async () => {
	await dispose();
	await rm(folder, { recursive: true });
});

/** The days whose objects a statement reads, and its answer. */
async function listDays(sql: string, ...param: string[]) {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	read = [];
	const { rows } = await runQuery(context, { file, param, engine: 'duckdb' });
	return { days: read.sort(), rows };
}

const units = 'select cast(sum(quantity) as integer) as units from gadget_sales';

it.each<[about: string, sql: string, days: readonly string[], rows: readonly (readonly (string | null)[])[]]>([
	['today', `${units} where date = current_date`, [today], [['4']]],
	['a range', `${units} where date between date '2026-11-02' and date '2026-11-03'`, days.slice(1, 3), [['5']]],
	[
		'a list, and more',
		`${units} where date in (date '2026-11-01', date '2026-11-03') and quantity > 1`,
		['2026-11-01', '2026-11-03'],
		[['3']],
	],
	['a day without objects', `${units} where date = date '2026-10-01'`, [], [[null]]],
	['text, raw', "select quantity from live_orders where day like '%/02'", ['2026-11-02'], [['2']]],
	[
		'by its full name',
		`${units.replace('gadget', 'ecommerce_analytics_db.gadget')} where date = date '2026-11-02'`,
		['2026-11-02'],
		[['2']],
	],
	[
		'two scans with a day each',
		`with old as (${units} where date = date '2026-11-01'), new as (${units} where date = date '2026-11-03')
		 select old.units + new.units as units from old cross join new`,
		['2026-11-01', '2026-11-03'],
		[['4']],
	],
	['no date at all', units, days, [['10']]],
	['a date known at the end only', `${units} where date = (select max(date) from gadget_sales)`, days, [['4']]],
	[
		'one of two scans',
		`select count(*) as n from gadget_sales as a cross join gadget_sales as b where a.date = date '2026-11-01'`,
		days,
		[['4']],
	],
	['a date or something else', `${units} where date = date '2026-11-01' or quantity = 3`, days, [['4']]],
])('copies the days that a statement needs: %s', async (_, sql, expected, rows) => {
	expect(await listDays(sql)).toEqual({ days: [...expected].sort(), rows });
});

it('respects a parameter', async () => {
	expect(await listDays(`-- :day date\n${units} where date = :day`, 'day=2026-11-02')).toEqual({
		days: ['2026-11-02'],
		rows: [['2']],
	});
});

it('refuses an invalid statement as usual', async () => {
	await expect(listDays(`${units} where nope = 1`)).rejects.toMatchObject({
		exitCode: 65,
		message: expect.stringContaining('nope'),
	});
});
