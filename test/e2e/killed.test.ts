import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../tasks/platform/random';
import { query } from '../../tasks/query';
import { type AwsLake, createAwsLake, lakeContext } from '../support/aws-lake';
import { runResult, startAws, startCli } from '../support/cli';
import { type Moment, openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import type { State } from '../support/state';

/** `SHOPLAKE_KILL_SEED` repeats the same kills; `SHOPLAKE_KILLS` sets how many each step gets on each day. */
const seed = process.env.SHOPLAKE_KILL_SEED ?? String(Date.now() % 1_000_000);
const kills = Number(process.env.SHOPLAKE_KILLS ?? 3);

const dates = ['2026-11-19', '2026-11-20'] as const;
const [first, second] = dates;
const steps = ['ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
type Step = (typeof steps)[number];
const stepCommand = (step: Step, date: string) =>
	step === 'ingest' || step === 'clean' ? [step, '--date', date] : [step];
const generate = (lake: AwsLake, date: string) =>
	runResult(lake.env, 'generate', '--date', date, '--records', '100', '--seed', 'kill', '--dirt', '0.05');

/** Everything that users see: through DuckDB, DynamoDB and Glue. */
interface View {
	readonly tables: State;
	readonly items: readonly string[];
	readonly athena: string;
}

let aws: Server;
let gate: RequestGate;
let folder: string;
const random = new Random(seed);
/** An undisturbed lake: what users see after each day, and how many requests each step took. */
const undisturbed = { views: {} as Record<string, View>, requests: {} as Record<string, number> };

beforeAll(async () => {
	aws = await startAws();
	gate = await openGate(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	await writeFile(join(folder, 'sales.sql'), 'select * from gold_daily_sales order by order_date, product_id');
	await writeFile(join(folder, 'consistency.sql'), consistencyChecks);
	const lake = await createAwsLake('undisturbed');
	for (const date of dates) {
		await generate(lake, date);
		for (const step of steps) {
			const { requests } = await runResult(lake.env, ...stepCommand(step, date));
			undisturbed.requests[`${step} ${date}`] = Number(requests);
		}
		undisturbed.views[date] = await view(lake);
	}
}, 600_000);
afterAll(async () => {
	await gate.close();
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Differences and counts that are 0 in every state that a reader may see. */
const consistencyChecks = `
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
const consistent = {
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
async function answer(lake: AwsLake, file: string, engine: 'duckdb' | 'athena' = 'duckdb'): Promise<string> {
	const { context, dispose } = lakeContext('query', lake.env);
	try {
		return await query(context, { file: join(folder, file), param: [], engine, at: undefined, format: 'json' });
	} finally {
		await dispose();
	}
}

async function view(lake: AwsLake): Promise<View> {
	return { tables: await lake.tables(), items: await lake.items(), athena: await answer(lake, 'sales.sql', 'athena') };
}

/**
 * Runs a command line through the gate and sends it a signal before or after its `number`th request, if it makes that
 * many. If it has not ended a minute later, it hangs and is killed: its code is null.
 */
async function runInterrupted(
	lake: AwsLake,
	command: readonly string[],
	signal: 'SIGKILL' | 'SIGTERM',
	at: [number, Moment],
) {
	let deadline: NodeJS.Timeout | undefined;
	const running = startCli({ ...lake.env, AWS_ENDPOINT_URL: gate.endpoint }, ...command);
	gate.at(...at, () => {
		running.kill(signal);
		deadline = setTimeout(() => running.kill('SIGKILL'), 60_000);
	});
	const ended = await running.ended;
	clearTimeout(deadline);
	gate.open();
	return ended;
}

/** Reads the newest head over and over until `work` is done; returns the inconsistent states. */
async function whileReading(lake: AwsLake, work: () => Promise<void>): Promise<{ looks: number; broken: unknown[] }> {
	let done = false;
	let looks = 0;
	const broken: unknown[] = [];
	const reader = (async () => {
		while (!done) {
			const [seen] = JSON.parse(await answer(lake, 'consistency.sql')) as Record<string, unknown>[];
			looks++;
			if (JSON.stringify(seen) !== JSON.stringify(consistent)) broken.push(seen);
			// Each look takes the time of a query from the runs that it looks at.
			await sleep(500);
		}
	})();
	await work().finally(() => {
		done = true;
	});
	await reader;
	return { looks, broken };
}

describe(`killed at moments of seed ${seed}`, () => {
	it('ends as an undisturbed lake, and readers see consistent states only', async () => {
		const lake = await createAwsLake('killed');
		const codes: (number | null)[] = [];
		const read = await whileReading(lake, async () => {
			for (const date of dates) {
				await generate(lake, date);
				for (const step of steps) {
					const share = (undisturbed.requests[`${step} ${date}`] ?? 1) / kills;
					for (let kill = 0; kill < kills; kill++) {
						// From early to late, so that the leftovers of killed runs pile up.
						const number = 1 + Math.floor(share * kill) + random.below(Math.ceil(share));
						const moment = random.pick(['before', 'after'] as const);
						const { code } = await runInterrupted(lake, stepCommand(step, date), 'SIGKILL', [number, moment]);
						codes.push(code);
					}
					await runResult(lake.env, ...stepCommand(step, date));
				}
				expect(await view(lake)).toEqual(undisturbed.views[date]);
			}
		});
		expect(read).toEqual({ looks: expect.any(Number), broken: [] });
		expect(read.looks).toBeGreaterThan(10);
		// A run whose predecessor was killed after its commit has little left to do, and may end before its turn.
		expect(new Set(codes.filter((code) => code !== 0))).toEqual(new Set([null]));
		expect(codes.filter((code) => code === null).length).toBeGreaterThan(codes.length / 2);
		// Nothing shows that a killed load is dead: its dates are loaded again until its lease ends.
		const { steps: planned } = await runResult(lake.env, 'plan');
		for (const step of planned as unknown[]) {
			expect(step).toMatchObject({ task: 'load-kpis', reason: 'load cut off or under way' });
		}
	});
});

describe('stopped by SIGTERM', () => {
	it('ends with 143, publishes nothing more, and does not block the next run', async () => {
		const lake = await createAwsLake('stopped');
		await generate(lake, first);
		for (const step of steps) {
			const heads = await lake.heads();
			const half = Math.ceil((undisturbed.requests[`${step} ${first}`] ?? 0) / 2);
			const stopped = await runInterrupted(lake, stepCommand(step, first), 'SIGTERM', [half, 'before']);
			expect({ step, code: stopped.code, result: stopped.result }).toEqual({
				step,
				code: 143,
				result: expect.objectContaining({ task: step, status: 'terminated' }),
			});
			// A load publishes its lease before it writes, and removes it by another head where it still can.
			const published = (await lake.heads()) - heads;
			expect({ step, published }).toEqual({ step, published: step === 'load-kpis' ? Math.min(published, 2) : 0 });
			await runResult(lake.env, ...stepCommand(step, first));
		}
		expect(await view(lake)).toEqual(undisturbed.views[first]);
	});
});

describe('side by side', () => {
	it('two cleans and two loads end as if run one after the other', async () => {
		const lake = await createAwsLake('pair');
		for (const date of dates) {
			await generate(lake, date);
			await runResult(lake.env, 'ingest', '--date', date);
		}
		const together = (...commands: readonly (readonly string[])[]) =>
			Promise.all(commands.map((command) => runResult(lake.env, ...command)));
		expect(await together(['clean', '--date', first], ['clean', '--date', second])).toMatchObject([
			{ status: 'published', batch: first },
			{ status: 'published', batch: second },
		]);
		await runResult(lake.env, 'aggregate');
		await together(['load-kpis'], ['load-kpis'], ['crawl']);
		expect(await view(lake)).toEqual(undisturbed.views[second]);
		expect((await runResult(lake.env, 'plan')).steps).toEqual([]);
	});
});
