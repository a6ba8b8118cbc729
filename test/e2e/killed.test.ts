import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../tasks/platform/random';
import { query } from '../../tasks/query';
import { lakeContext } from '../support/aws-lake';
import { runResult, startCli } from '../support/cli';
import { type Moment, openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import type { State } from '../support/state';
import { type Lab, makeLab, startAws } from './lab';

/** The same kills again: `SHOPLAKE_KILL_SEED=…`; more of them: `SHOPLAKE_KILLS=…` (of each step on each day). */
const seed = process.env.SHOPLAKE_KILL_SEED ?? String(Date.now() % 1_000_000);
const kills = Number(process.env.SHOPLAKE_KILLS ?? 3);

const dates = ['2026-11-19', '2026-11-20'] as const;
const [first, second] = dates;
const steps = ['ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
type Step = (typeof steps)[number];
const stepCommand = (step: Step, date: string) =>
	step === 'ingest' || step === 'clean' ? [step, '--date', date] : [step];
const generate = (lab: Lab, date: string) =>
	runResult(lab.env, 'generate', '--date', date, '--records', '100', '--seed', 'kill', '--dirt', '0.05');

/** All that users see: by DuckDB, in DynamoDB, through Glue. */
interface View {
	readonly tables: State;
	readonly items: readonly string[];
	readonly athena: string;
}

let aws: Server;
let gate: RequestGate;
let folder: string;
const random = new Random(seed);
/** A lake that nobody disturbs: what it looks like after each day, and how many requests each step took. */
const calm = { views: {} as Record<string, View>, requests: {} as Record<string, number> };

beforeAll(async () => {
	aws = await startAws();
	gate = await openGate(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	await writeFile(join(folder, 'sales.sql'), 'select * from gold_daily_sales order by order_date, product_id');
	await writeFile(join(folder, 'whole.sql'), wholeness);
	const lab = await makeLab('calm');
	for (const date of dates) {
		await generate(lab, date);
		for (const step of steps) {
			const { requests } = await runResult(lab.env, ...stepCommand(step, date));
			calm.requests[`${step} ${date}`] = Number(requests);
		}
		calm.views[date] = await view(lab);
	}
}, 600_000);
afterAll(async () => {
	await gate.close();
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Of one state of the lake: each pair is equal in whatever state a reader may see. */
const wholeness = `
select
	(select count(*) from lake_batches where received <> kept + duplicates + superseded + rejected + orphans) as unbalanced,
	(select coalesce(sum(kept), 0) from lake_batches where dataset = 'orders') - (select count(*) from silver_orders) as orders,
	(select coalesce(sum(kept), 0) from lake_batches where dataset = 'order_items') - (select count(*) from silver_order_items) as order_items,
	(select coalesce(sum(kept), 0) from lake_batches where dataset = 'products') - (select count(*) from silver_products) as products,
	(select coalesce(sum(kept), 0) from lake_batches where dataset = 'events') - (select count(*) from silver_events) as events,
	(select coalesce(sum(orphans), 0) from lake_batches) - (select count(*) from lake_orphans) as orphans,
	(select coalesce(sum(rejected), 0) from lake_batches) - (select count(*) from lake_quarantine) as rejected,
	(select coalesce(sum(daily_revenue), 0) from gold_category_kpis) - (select coalesce(sum(amount), 0) from gold_daily_sales) as revenue,
	(select coalesce(sum(total_items_sold), 0) from gold_order_kpis) - (select coalesce(sum(units), 0) from gold_daily_sales) as units`;
const whole = {
	unbalanced: 0,
	orders: 0,
	order_items: 0,
	products: 0,
	events: 0,
	orphans: 0,
	rejected: 0,
	revenue: 0,
	units: 0,
};

/** The answer of a statement file, as `shoplake query` prints it. */
async function answer(lab: Lab, file: string, engine: 'duckdb' | 'athena' = 'duckdb'): Promise<string> {
	const { context, dispose } = lakeContext('query', lab.env);
	try {
		return await query(context, { file: join(folder, file), param: [], engine, at: undefined, format: 'json' });
	} finally {
		await dispose();
	}
}

async function view(lab: Lab): Promise<View> {
	return { tables: await lab.tables(), items: await lab.items(), athena: await answer(lab, 'sales.sql', 'athena') };
}

/**
 * Runs a command line through the gate and sends it a signal at a moment of its `number`th request, if it has so many.
 * What has not ended 10 s after that is killed: its code is null.
 */
async function interrupted(lab: Lab, command: readonly string[], signal: 'SIGKILL' | 'SIGTERM', at: [number, Moment]) {
	let deadline: NodeJS.Timeout | undefined;
	const running = startCli({ ...lab.env, AWS_ENDPOINT_URL: gate.endpoint }, ...command);
	gate.at(...at, () => {
		running.kill(signal);
		deadline = setTimeout(() => running.kill('SIGKILL'), 10_000);
	});
	const ended = await running.ended;
	clearTimeout(deadline);
	gate.open();
	return ended;
}

/** Looks at the newest head over and over until `work` is done; what it saw that was not whole. */
async function whileReading(lab: Lab, work: () => Promise<void>): Promise<{ looks: number; broken: unknown[] }> {
	let done = false;
	let looks = 0;
	const broken: unknown[] = [];
	const reader = (async () => {
		while (!done) {
			const [seen] = JSON.parse(await answer(lab, 'whole.sql')) as Record<string, unknown>[];
			looks++;
			if (JSON.stringify(seen) !== JSON.stringify(whole)) broken.push(seen);
			await sleep(200);
		}
	})();
	await work().finally(() => {
		done = true;
	});
	await reader;
	return { looks, broken };
}

describe(`killed at moments of seed ${seed}`, () => {
	it('ends as if nobody had disturbed it, and readers see whole states only', async () => {
		const lab = await makeLab('killed');
		const codes: (number | null)[] = [];
		const read = await whileReading(lab, async () => {
			for (const date of dates) {
				await generate(lab, date);
				for (const step of steps) {
					const share = (calm.requests[`${step} ${date}`] ?? 1) / kills;
					for (let kill = 0; kill < kills; kill++) {
						// From early to late, so that what the killed ones leave behind piles up.
						const number = 1 + Math.floor(share * kill) + random.below(Math.ceil(share));
						const moment = random.pick(['before', 'after'] as const);
						const { code } = await interrupted(lab, stepCommand(step, date), 'SIGKILL', [number, moment]);
						codes.push(code);
					}
					await runResult(lab.env, ...stepCommand(step, date));
				}
				expect(await view(lab)).toEqual(calm.views[date]);
			}
		});
		expect(read).toEqual({ looks: expect.any(Number), broken: [] });
		expect(read.looks).toBeGreaterThan(10);
		// A run whose predecessor was killed after its commit has little left to do, and may end before its turn.
		expect(new Set(codes.filter((code) => code !== 0))).toEqual(new Set([null]));
		expect(codes.filter((code) => code === null).length).toBeGreaterThan(codes.length / 2);
		// Nobody knows of a killed load that it is dead: its dates are loaded again until its lease has ended.
		const { steps: planned } = await runResult(lab.env, 'plan');
		for (const step of planned as unknown[]) {
			expect(step).toMatchObject({ task: 'load-kpis', reason: 'load cut off or under way' });
		}
	}, 300_000);
});

describe('stopped by SIGTERM', () => {
	it('ends with 143, publishes nothing more, and leaves nothing in the way of the next run', async () => {
		const lab = await makeLab('stopped');
		await generate(lab, first);
		for (const step of steps) {
			const heads = await lab.heads();
			const half = Math.ceil((calm.requests[`${step} ${first}`] ?? 0) / 2);
			const stopped = await interrupted(lab, stepCommand(step, first), 'SIGTERM', [half, 'before']);
			expect({ step, code: stopped.code, result: stopped.result }).toEqual({
				step,
				code: 143,
				result: expect.objectContaining({ task: step, status: 'terminated' }),
			});
			// A load announces itself by a head before it writes, and takes that back by another where it still can.
			const published = (await lab.heads()) - heads;
			expect({ step, published }).toEqual({ step, published: step === 'load-kpis' ? Math.min(published, 2) : 0 });
			await runResult(lab.env, ...stepCommand(step, first));
		}
		expect(await view(lab)).toEqual(calm.views[first]);
	}, 300_000);
});

describe('side by side', () => {
	it('two cleans and two loads end as one after the other', async () => {
		const lab = await makeLab('pair');
		for (const date of dates) {
			await generate(lab, date);
			await runResult(lab.env, 'ingest', '--date', date);
		}
		const together = (...commands: readonly (readonly string[])[]) =>
			Promise.all(commands.map((command) => runResult(lab.env, ...command)));
		expect(await together(['clean', '--date', first], ['clean', '--date', second])).toMatchObject([
			{ status: 'published', batch: first },
			{ status: 'published', batch: second },
		]);
		await runResult(lab.env, 'aggregate');
		await together(['load-kpis'], ['load-kpis'], ['crawl']);
		expect(await view(lab)).toEqual(calm.views[second]);
		expect((await runResult(lab.env, 'plan')).steps).toEqual([]);
	}, 300_000);
});
