import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { type Ended, runCli, runResult, startAws, startLong } from '../support/cli';
import { type AdmittedDays, admitDays } from '../support/generated-days';
import type { Server } from '../support/server';
import { expectedGold, expectedSilver, type State } from '../support/state';

const dates = ['2026-11-18', '2026-11-19', '2026-11-20'] as const;
const [first, second, third] = dates;
type RunDate = (typeof dates)[number];
const day = { records: 300, seed: 'e2e', dirt: 0.02 };
const dayFlags = ['--records', '300', '--seed', 'e2e', '--dirt', '0.02'];

/** Everything that a user sees of the lake at one time. */
interface View {
	readonly tables: State;
	readonly items: readonly string[];
	readonly athena: unknown;
}

let aws: Server;
let lake: AwsLake;
let folder: string;
let days: AdmittedDays;
/** The run of each date, and what a user saw after it. */
const runs = {} as Record<RunDate, Ended & { readonly view: View }>;

beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	days = await admitDays(dates, day);
	for (const date of dates) {
		const ended = await startLong(5, lake.env, 'run', '--date', date, ...dayFlags).ended;
		if (ended.code !== 0) throw new Error(`the run of ${date} ends with exit code ${ended.code}:\n${ended.stderr}`);
		runs[date] = { ...ended, view: await view() };
	}
}, 900_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** `shoplake …` on the test's lake. */
const shoplake = (...args: string[]) => runResult(lake.env, ...args);

/** The rows of a statement, by `shoplake query`. */
async function queryRows(sql: string, ...flags: string[]): Promise<Record<string, unknown>[]> {
	const file = join(folder, 'statement.sql');
	await writeFile(file, sql);
	const { code, stdout, stderr } = await runCli(lake.env, 'query', file, '--format', 'json', ...flags);
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout) as Record<string, unknown>[];
}

/** Word for word as the documentation has it. */
const revenueByCategory = `SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
`;

async function view(): Promise<View> {
	return {
		tables: await lake.tables(),
		items: await lake.items(),
		athena: await queryRows(revenueByCategory, '--engine', 'athena'),
	};
}

/** The KPI items of Gold's rows, as `lake.items` writes them. */
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

/** What follows a change of Silver. */
const refresh = async () => {
	for (const task of ['aggregate', 'crawl', 'load-kpis']) await shoplake(task);
};

describe('the daily pipeline by its command line', () => {
	it.each(dates)('takes %s from nothing to DynamoDB, every record accounted for', (date) => {
		const { code, stdout, stderr, result } = runs[date];
		expect({ code, errors: stderr.match(/"level":"error".*/g) }).toEqual({ code: 0, errors: null });
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
			head: 5 * (1 + dates.indexOf(date)),
			datasets: expect.any(Array),
			steps: ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'].map((step) =>
				expect.objectContaining({ step, status: step === 'generate' ? 'generated' : 'published' }),
			),
		});
	});

	it('knows afterwards what each run used of AWS, also if it failed', async () => {
		const costs = async () =>
			(await shoplake('cost')).rows as { step: string; runs: number; failed: number; requests: number }[];
		const sum = (rows: Awaited<ReturnType<typeof costs>>, step: string, what: 'runs' | 'failed' | 'requests') =>
			rows.filter((row) => row.step === step).reduce((total, row) => total + row[what], 0);
		const before = await costs();
		expect(sum(before, 'run', 'runs')).toBe(dates.length);
		expect(sum(before, 'run', 'requests')).toBe(
			dates.reduce((total, date) => total + Number(runs[date].result.requests), 0),
		);
		expect((await runCli(lake.env, 'ingest', '--batch', 'nowhere')).code).toBe(66);
		await shoplake('clean', '--batch', first, '--dry-run');
		await shoplake('status');
		const after = await costs();
		expect([sum(after, 'ingest', 'runs'), sum(after, 'ingest', 'failed')]).toEqual([1, 1]);
		expect([sum(after, 'clean', 'runs'), sum(after, 'status', 'runs')]).toEqual([0, 0]);
		const { stdout } = await runCli(lake.env, 'cost');
		// Athena has run a query for each view, and queries are billed.
		const count = 2 * dates.length + 1;
		expect(stdout).toContain(`${count} of ${count} records are of an AWS emulator: nothing was billed.`);
		const { stdout: none } = await runCli(lake.env, 'cost', '--from', '2020-01-01', '--to', '2020-01-31');
		expect(none).toContain('There are no cost records from 2020-01-01 to 2020-01-31');
	});

	it('labels the first day’s records as the generator expects', () => {
		const datasets = runs[first].result.datasets as { dataset: string }[];
		expect(datasets).toHaveLength(4);
		for (const [dataset, labels] of Object.entries(days.labels[first] ?? {})) {
			expect(datasets.find((labelled) => labelled.dataset === dataset)).toEqual({
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
			const expected = days.labels[String(batch)]?.[dataset as 'orders'];
			expect({ dataset, batch, ...sums(labels) }).toEqual({ dataset, batch, ...sums({ ...expected }) });
		}
		const superseded = batches.filter(({ superseded }) => Number(superseded) > 0).map(({ dataset }) => dataset);
		expect(superseded).toEqual(expect.arrayContaining(['orders', 'products']));
	});

	it('holds exactly what the model of the domain says', () => {
		const { labels: _, ...tables } = runs[third].view.tables;
		const { labels: __, ...silver } = expectedSilver(days.admissions.batches());
		expect(tables).toEqual({ ...silver, ...expectedGold(days.admissions.batches()) });
	});

	it('serves through DynamoDB and Athena what DuckDB reads from Gold', async () => {
		const items = await lake.items();
		expect(items.length).toBeGreaterThan(30);
		expect(items).toEqual(await itemsOfGold());
		const revenue = await queryRows(revenueByCategory);
		expect(revenue.length).toBeGreaterThan(5);
		expect(await queryRows(revenueByCategory, '--engine', 'athena')).toEqual(revenue);
	});

	it('changes nothing when a step is repeated', async () => {
		const before = { heads: await lake.heads(), view: await view() };
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
		expect({ heads: await lake.heads(), view: await view() }).toEqual(before);
	});

	it('prints the result line alone under --json', async () => {
		const { stdout, result } = await runCli(lake.env, 'plan', '--json');
		expect(stdout).toBe(`${JSON.stringify(result)}\n`);
		expect(result).toMatchObject({ task: 'plan', status: 'planned', steps: [] });
	});

	it('shows the state of every date, and the heads that led to it', async () => {
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
		const { stdout } = await runCli(lake.env, 'status');
		expect(stdout).toMatch(/^Head 15\n\ndate +bronze +silver +gold +kpis +why\n/);
	});

	describe('with a fourth day that is ingested and not cleaned', () => {
		const fourth = '2026-11-21';
		const look = async () => ({ objects: await lake.objects(), items: await lake.items() });

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
		])('%j --dry-run changes no object and no item', planned);

		it('plan lists its datasets to clean', async () => {
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
});

describe('a batch that is withdrawn and admitted again', () => {
	it('leaves Silver, Gold, Glue and DynamoDB, and `clean` restores all of it', async () => {
		const before = await view();
		expect(await shoplake('withdraw', '--batch', second)).toMatchObject({ status: 'published' });
		const stale = (await shoplake('status', '--from', second, '--to', second)).rows as { why: string }[];
		expect(stale).toMatchObject([{ date: second, bronze: 'current', silver: 'left out', gold: 'stale' }]);
		await refresh();
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
		await refresh();
		days.admissions.clean(second);
		expect(await view()).toEqual(before);
	});

	it('removes the items of a date with the only batches that hold its orders', async () => {
		const before = await view();
		const ofDate = (items: readonly string[]) => items.filter((item) => item.includes(` ${third}`));
		expect(ofDate(before.items).length).toBeGreaterThan(5);
		await shoplake('withdraw', '--batch', third);
		await refresh();
		expect(ofDate((await view()).items)).toEqual([]);
		await shoplake('clean', '--batch', third);
		await refresh();
		expect(await view()).toEqual(before);
	});
});

describe('earlier states', () => {
	it('are read by --at', async () => {
		const secondHead = String(runs[second].result.head);
		expect(await queryRows(revenueByCategory, '--at', secondHead)).toEqual(runs[second].view.athena);
		expect(await queryRows(revenueByCategory)).toEqual(runs[third].view.athena);
		const { code, stderr } = await runCli(lake.env, 'query', join(folder, 'statement.sql'), '--at', '999');
		expect({ code, stderr }).toEqual({
			code: 64,
			stderr: expect.stringContaining('There is no head 999: the lake keeps heads 1 to '),
		});
	});

	it('are restored by `rollback`; Glue and DynamoDB follow', async () => {
		const before = await view();
		expect(await shoplake('rollback', '--to', String(runs[second].result.head))).toMatchObject({
			status: 'published',
			restored: runs[second].result.head,
		});
		await shoplake('crawl');
		await shoplake('load-kpis');
		expect(await view()).toEqual(runs[second].view);
		expect((await shoplake('status', '--from', third, '--to', third)).rows).toMatchObject([
			{ date: third, bronze: 'current', silver: 'left out', kpis: '' },
		]);
		expect(await shoplake('aggregate')).toMatchObject({ status: 'unchanged' });
		await shoplake('clean', '--batch', third);
		await refresh();
		expect(await view()).toEqual(before);
	});

	it('keep all of their files where none is older than the limit', async () => {
		const [before, objects] = [await view(), await lake.objects()];
		expect(await shoplake('vacuum', '--older-than', '12h')).toMatchObject({
			status: 'unchanged',
			deleted_files: 0,
			oldest_kept: 1,
		});
		const after = await lake.objects();
		const added = Object.keys(after).filter((key) => !(key in objects));
		// What the run itself cost.
		expect(added).toEqual([expect.stringMatching(/^costs\/.*-vacuum-[0-9a-f]+\.json$/)]);
		expect(after).toEqual({ ...objects, [String(added[0])]: expect.any(String) });
		expect(await view()).toEqual(before);
	});
});
