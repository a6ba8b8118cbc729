import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, runResult } from '../support/cli';
import { type GeneratedDays, generatedDays } from '../support/generated-days';
import type { Server } from '../support/server';
import { expectedGold, expectedSilver, type State } from '../support/state';
import { type Lab, makeLab, startAws } from './lab';

// Many processes a test: a busy machine may take its time.
jest.setTimeout(300_000);

const dates = ['2026-11-18', '2026-11-19', '2026-11-20'] as const;
const [first, second, third] = dates;
const day = { records: 300, seed: 'e2e', dirt: 0.02 };
const dayFlags = ['--records', '300', '--seed', 'e2e', '--dirt', '0.02'];

/** What a user sees of the lake by all of its doors at one time. */
interface View {
	readonly tables: State;
	readonly items: readonly string[];
	readonly athena: unknown;
}

let aws: Server;
let lab: Lab;
let folder: string;
let days: GeneratedDays;
const runs: Readonly<Record<string, unknown>>[] = [];
const views: View[] = [];
const results = { ofDay: (date: string) => runs[dates.indexOf(date as typeof first)] ?? {} };

beforeAll(async () => {
	aws = await startAws();
	lab = await makeLab('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	days = await generatedDays({ dates, ...day });
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** `shoplake …` on the test's lake. */
const shoplake = (...args: string[]) => runResult(lab.env, ...args);

/** The rows of a statement, by `shoplake query`. */
async function queryRows(sql: string, ...flags: string[]): Promise<Record<string, unknown>[]> {
	const file = join(folder, 'statement.sql');
	await writeFile(file, sql);
	const { code, stdout, stderr } = await runCli(lab.env, 'query', file, '--format', 'json', ...flags);
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout) as Record<string, unknown>[];
}

/** Word for word as it is promised. */
const revenueByCategory = `SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
`;

async function view(): Promise<View> {
	return {
		tables: await lab.tables(),
		items: await lab.items(),
		athena: await queryRows(revenueByCategory, '--engine', 'athena'),
	};
}

/** The KPI items that Gold's rows make, as `lab.items` writes them. */
async function itemsOfGold(): Promise<string[]> {
	const lines = (table: string, rows: Record<string, unknown>[]) =>
		rows.map(({ category, order_date, ...figures }) => {
			const values = Object.keys(figures)
				.sort()
				.map((name) => `${name}=${Number(figures[name])}`);
			return `${table} ${[order_date, category].filter(Boolean).join(' ')}: ${values.join(' ')}`;
		});
	return [
		...lines('CategoryKPIs', await queryRows('select * from gold_category_kpis')),
		...lines('OrderKPIs', await queryRows('select * from gold_order_kpis')),
	].sort();
}

const follow = async () => {
	for (const task of ['aggregate', 'crawl', 'load-kpis']) await shoplake(task);
};

describe('the daily pipeline by its command line', () => {
	it.each(dates)('takes %s from nothing to DynamoDB, every record accounted for', async (date) => {
		const { code, stdout, stderr, result } = await runCli(lab.env, 'run', '--date', date, ...dayFlags);
		expect({ code, errors: stderr.match(/"level":"error".*/g) }).toEqual({ code: 0, errors: null });
		runs.push(result);
		views.push(await view());
		expect(stdout).toMatch(/batch +dataset +received +kept +duplicates +superseded +rejected +orphans/);
		expect(result).toEqual({
			task: 'run',
			run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			status: 'published',
			batch: date,
			received: expect.any(Number),
			kept: expect.any(Number),
			duplicates: expect.any(Number),
			superseded: expect.any(Number),
			rejected: expect.any(Number),
			orphans: expect.any(Number),
			partitions: expect.arrayContaining([`silver_orders/${date}`, `gold_order_kpis/${date}`]),
			bytes_in: expect.any(Number),
			bytes_out: expect.any(Number),
			seconds: expect.any(Number),
			requests: expect.any(Number),
			cost_usd: expect.any(Number),
			head: 5 * runs.length,
			datasets: expect.any(Array),
			steps: ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'].map((step) =>
				expect.objectContaining({ step, status: step === 'generate' ? 'generated' : 'published' }),
			),
		});
	});

	it('labels the first day’s records as the generator planted them', () => {
		const told = results.ofDay(first).datasets as { dataset: string }[];
		expect(told).toHaveLength(4);
		for (const [dataset, labels] of Object.entries(days.labels[first] ?? {})) {
			expect(told.find((one) => one.dataset === dataset)).toEqual({
				dataset,
				batch: first,
				as_of: `${first}T00:00:00.000Z`,
				...labels,
			});
		}
	});

	it('moves labels, never the sums, when later days correct and repeat', async () => {
		const batches = await queryRows('select * from lake_batches order by batch, dataset');
		const sums = (labels: Record<string, unknown>) => {
			const { received, duplicates, rejected, orphans, kept, superseded } = labels as Record<string, number>;
			return { received, duplicates, rejected, orphans, others: (kept ?? 0) + (superseded ?? 0) };
		};
		expect(batches).toHaveLength(12);
		for (const { dataset, batch, ...labels } of batches) {
			const planted = days.labels[String(batch)]?.[dataset as 'orders'];
			expect({ dataset, batch, ...sums(labels) }).toEqual({ dataset, batch, ...sums({ ...planted }) });
		}
		const superseded = batches.filter(({ superseded }) => Number(superseded) > 0).map(({ dataset }) => dataset);
		expect(superseded).toEqual(expect.arrayContaining(['orders', 'products']));
	});

	it('holds exactly what the model of the domain says', () => {
		const { labels: _, ...tables } = views[2]?.tables ?? {};
		const { labels: __, ...silver } = expectedSilver(days.admissions.batches());
		expect(tables).toEqual({ ...silver, ...expectedGold(days.admissions.batches()) });
	});

	it('serves by DynamoDB and by Athena what DuckDB reads from Gold', async () => {
		const items = await lab.items();
		expect(items.length).toBeGreaterThan(30);
		expect(items).toEqual(await itemsOfGold());
		const revenue = await queryRows(revenueByCategory);
		expect(revenue.length).toBeGreaterThan(5);
		expect(await queryRows(revenueByCategory, '--engine', 'athena')).toEqual(revenue);
	});

	it('changes nothing when a step is done again', async () => {
		const before = { heads: await lab.heads(), view: await view() };
		for (const step of [
			['ingest', '--date', second],
			['clean', '--from', first, '--to', third],
			['clean', '--date', second],
			['aggregate'],
			['aggregate', '--batch', first],
			['crawl'],
			['load-kpis'],
			['rebuild'],
			['run', '--date', third, ...dayFlags],
		]) {
			expect({ step, status: (await shoplake(...step)).status }).toEqual({ step, status: 'unchanged' });
		}
		expect({ heads: await lab.heads(), view: await view() }).toEqual(before);
	});

	it('prints the result line alone under --json', async () => {
		const { stdout, result } = await runCli(lab.env, 'plan', '--json');
		expect(stdout).toBe(`${JSON.stringify(result)}\n`);
		expect(result).toMatchObject({ task: 'plan', status: 'planned', steps: [] });
	});

	it('tells how all dates stand, and the heads that made them so', async () => {
		const { rows } = await shoplake('status', '--from', first, '--to', '2026-11-21');
		const current = { bronze: 'current', silver: 'current', gold: 'current', kpis: 'current', why: '' };
		expect(rows).toEqual([
			...dates.map((date) => ({ date, ...current })),
			{
				date: '2026-11-21',
				bronze: 'missing',
				silver: '',
				gold: '',
				kpis: '',
				why: 'no batch of this date is ingested',
			},
		]);
		const { heads } = await shoplake('status', '--history');
		const steps = ['ingest', 'clean', 'aggregate', 'load-kpis', 'load-kpis'];
		expect((heads as { task: string }[]).map(({ task }) => task)).toEqual([...steps, ...steps, ...steps]);
		const { stdout } = await runCli(lab.env, 'status');
		expect(stdout).toMatch(/^Head 15\n\ndate +bronze +silver +gold +kpis +why\n/);
	});

	describe('on --dry-run', () => {
		const fourth = '2026-11-21';
		const look = async () => ({ objects: await lab.objects(), items: await lab.items() });

		beforeAll(async () => {
			await shoplake('generate', '--date', fourth, ...dayFlags);
			await shoplake('ingest', '--date', fourth);
		});

		const planned = async (task: string[]) => {
			const before = await look();
			expect((await shoplake(...task, '--dry-run')).status).toBe('planned');
			expect(await look()).toEqual(before);
		};

		it.each([
			[['generate', '--date', '2026-11-22']],
			[['ingest', '--date', fourth, '--as-of', '2026-11-23']],
			[['clean', '--date', fourth]],
			[['aggregate']],
			[['crawl']],
			[['load-kpis', '--full']],
			[['run', '--date', '2026-11-22', '--records', '10']],
			[['withdraw', '--batch', first]],
			[['rollback', '--to', '5']],
			[['vacuum', '--older-than', '12h']],
			[['rebuild', '--from', first, '--to', third]],
		])('%j changes no object and no item', planned);
	});

	it('plans what is ingested and not cleaned', async () => {
		const { steps } = await shoplake('plan');
		expect(steps).toEqual(
			['orders', 'order_items', 'products', 'events'].map((dataset) => ({
				task: 'clean',
				on: `${dataset} 2026-11-21`,
				reason: 'new',
			})),
		);
	});
});

describe('a batch that goes and comes back', () => {
	it('leaves Silver, Gold, Glue and DynamoDB, and `clean` brings all of it back', async () => {
		const before = await view();
		expect(await shoplake('withdraw', '--batch', second)).toMatchObject({ status: 'published' });
		const stale = (await shoplake('status', '--from', second, '--to', second)).rows as { why: string }[];
		expect(stale).toMatchObject([{ date: second, bronze: 'current', silver: 'left out', gold: 'stale' }]);
		await follow();
		const without = await view();
		days.admissions.withdraw(second);
		expect(without.tables).toEqual({
			...expectedSilver(days.admissions.batches()),
			...expectedGold(days.admissions.batches()),
		});
		expect(without.items).toEqual(await itemsOfGold());
		expect(without.athena).toEqual(await queryRows(revenueByCategory));
		expect(without.items).not.toEqual(before.items);
		expect(await shoplake('clean', '--from', first, '--to', third)).toMatchObject({ status: 'unchanged' });

		await shoplake('clean', '--batch', second);
		await follow();
		days.admissions.clean(second);
		expect(await view()).toEqual(before);
	});

	it('takes a date’s items away with the only batches that hold its orders', async () => {
		const before = await view();
		const ofDate = (items: readonly string[]) => items.filter((item) => item.includes(` ${third}`));
		expect(ofDate(before.items).length).toBeGreaterThan(5);
		await shoplake('withdraw', '--batch', third);
		await follow();
		expect(ofDate((await view()).items)).toEqual([]);
		await shoplake('clean', '--batch', third);
		await follow();
		expect(await view()).toEqual(before);
	});
});

describe('earlier states', () => {
	it('are read by --at', async () => {
		const secondHead = String(results.ofDay(second).head);
		expect(await queryRows(revenueByCategory, '--at', secondHead)).toEqual(views[1]?.athena);
		expect(await queryRows(revenueByCategory)).toEqual(views[2]?.athena);
		const { code, stderr } = await runCli(lab.env, 'query', join(folder, 'statement.sql'), '--at', '999');
		expect({ code, stderr }).toEqual({
			code: 64,
			stderr: expect.stringContaining('There is no head 999 to go back to: the lake keeps heads 1 to '),
		});
	});

	it('come back whole by `rollback`; Glue and DynamoDB follow', async () => {
		const before = await view();
		expect(await shoplake('rollback', '--to', String(results.ofDay(second).head))).toMatchObject({
			status: 'published',
			restored: results.ofDay(second).head,
		});
		await shoplake('crawl');
		await shoplake('load-kpis');
		expect(await view()).toEqual(views[1]);
		expect((await shoplake('status', '--from', third, '--to', third)).rows).toMatchObject([
			{ date: third, bronze: 'current', silver: 'left out', kpis: '' },
		]);
		expect(await shoplake('aggregate')).toMatchObject({ status: 'unchanged' });
		await shoplake('clean', '--batch', third);
		await follow();
		expect(await view()).toEqual(before);
	});

	it('keep all of their files when nothing is older than the grace', async () => {
		const [before, objects] = [await view(), await lab.objects()];
		expect(await shoplake('vacuum', '--older-than', '12h')).toMatchObject({
			status: 'unchanged',
			deleted_files: 0,
			oldest_kept: 1,
		});
		expect(await lab.objects()).toEqual(objects);
		expect(await view()).toEqual(before);
	});
});
