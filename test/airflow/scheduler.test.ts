import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Airflow } from '../../tasks/local/airflow/servers';
import { createAwsLake, readHead } from '../support/aws-lake';
import { runResult, startAws } from '../support/cli';
import type { Server } from '../support/server';
import { type AirflowApi, connectApi, type DagRun, eventually } from './airflow-api';
import { countPixels, openPage } from './browser';
import { createAirflow, type TestAirflow } from './create-airflow';
import { type LakeView, readView } from './lake-view';

const dates = Array.from({ length: 7 }, (_, day) => `2026-02-${String(day + 2).padStart(2, '0')}`);
const [first = '', last = ''] = [dates[0], dates.at(-1)];
const records = 200;
const steps = ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load_kpis', 'report'];

let aws: Server;
let lake: NodeJS.ProcessEnv;
let lab: TestAirflow;
let running: Airflow;
let api: AirflowApi;
let expected: LakeView;

beforeAll(async () => {
	aws = await startAws();
	const reference = await createAwsLake('sequential');
	for (const date of dates) await runResult(reference.env, 'run', '--date', date, '--records', String(records));
	expected = await readView(reference.env);
	lake = (await createAwsLake('backfilled')).env;
	lab = await createAirflow('process', lake);
	// Only backfills run: no scheduled day, though the DAG is not paused.
	lab.env.AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE = 'False';
	running = await lab.start();
	api = await connectApi(lab, running);
	await api.unpause('shoplake_daily');
}, 600_000);
afterAll(async () => {
	await running?.stop();
	await lab?.dispose();
	await aws.stop();
}, 60_000);

/** Backfills the week from a day on; returns the runs of all days. */
async function backfill(from: string, ...flags: readonly string[]): Promise<DagRun[]> {
	const interval = ['--from-date', from, '--to-date', last, '--max-active-runs', '4'];
	const conf = ['--dag-run-conf', JSON.stringify({ records })];
	await lab.run('backfill', 'create', '--dag-id', 'shoplake_daily', ...interval, ...conf, ...flags);
	await eventually('the backfill is done', 500, () => api.backfillsAreDone('shoplake_daily'));
	return api.dagRuns('shoplake_daily');
}

/** The logs of the tasks that failed. */
async function listFailures(runs: readonly DagRun[]): Promise<string[]> {
	const logs = runs.map(async ({ dag_run_id }) => {
		const tasks = await api.tasks('shoplake_daily', dag_run_id);
		const failed = tasks.filter(({ state }) => state === 'failed');
		return Promise.all(failed.map(({ task_id }) => api.log('shoplake_daily', dag_run_id, task_id, 1)));
	});
	return (await Promise.all(logs)).flat();
}

test('a backfill of a week, four days at a time, produces the same lake as seven runs in sequence', async () => {
	const runs = await backfill(first);
	expect(await listFailures(runs)).toEqual([]);
	expect(runs.map(({ logical_date, state, run_type }) => [logical_date?.slice(0, 10), state, run_type])).toEqual(
		dates.map((date) => [date, 'success', 'backfill']),
	);
	for (const { dag_run_id } of runs) {
		const tasks = await api.tasks('shoplake_daily', dag_run_id);
		expect(tasks.map(({ task_id, state }) => [task_id, state]).sort()).toEqual(
			steps.map((step) => [step, 'success']).sort(),
		);
	}
	expect(await readView(lake)).toEqual(expected);
}, 600_000);

test('asset events contain the counts of each step', async () => {
	const events = await api.assetEvents();
	const byName = (name: string) => events.filter((event) => event.name === name);
	for (const name of ['shoplake_silver', 'shoplake_gold', 'shoplake_kpi_tables']) expect(byName(name)).toHaveLength(7);
	expect(
		byName('shoplake_silver')
			.map(({ extra }) => extra.batch)
			.sort(),
	).toEqual(dates);
	for (const { extra } of byName('shoplake_silver')) {
		const { received, kept, duplicates, superseded, rejected, orphans } = extra as Record<string, number>;
		expect(kept).toBeGreaterThan(records);
		expect(Number(kept) + Number(duplicates) + Number(superseded) + Number(rejected) + Number(orphans)).toBe(received);
	}
	for (const { extra } of byName('shoplake_gold')) expect(extra).toMatchObject({ partitions: expect.any(Number) });
	for (const { extra } of byName('shoplake_kpi_tables')) expect(extra).toMatchObject({ put: expect.any(Number) });
});

test('repeating a backfill changes nothing', async () => {
	const head = await readHead(lake);
	const again = dates.slice(-3);
	const runs = await backfill(again[0] ?? '', '--reprocess-behavior', 'completed');
	expect(runs.map(({ state }) => state)).toEqual(dates.map(() => 'success'));
	for (const { dag_run_id } of runs.slice(-again.length)) {
		const tasks = await api.tasks('shoplake_daily', dag_run_id);
		// Run by the first backfill and by this one.
		expect(tasks.map(({ try_number }) => try_number)).toEqual(steps.map(() => 2));
	}
	expect(await readHead(lake)).toBe(head);
	expect(await readView(lake)).toEqual(expected);
}, 600_000);

test('Airflow’s grid shows the week in green', async () => {
	const { dom, screenshot } = await openPage(running.address, '/dags/shoplake_daily', api.cookie);
	if (process.env.SHOPLAKE_PICTURES)
		await writeFile(join(process.env.SHOPLAKE_PICTURES, 'airflow-grid.png'), screenshot);
	const cells = [...dom.matchAll(/data-testid="grid-(backfill__[^"]+)-([a-z_]+)".*?<path d="([^"]+)"/g)];
	const shown = cells.map(([, id = '', task = '', icon = '']) => ({ id, task, icon }));
	expect(shown.map(({ id, task }) => `${id} ${task}`).sort()).toEqual(
		(await api.dagRuns('shoplake_daily'))
			.flatMap(({ dag_run_id }) => steps.map((step) => `${dag_run_id} ${step}`))
			.sort(),
	);
	expect(shown).toHaveLength(dates.length * steps.length);
	// All have the same state, and so the same icon and colour; a cell has more than 100 pixels.
	expect(new Set(shown.map(({ icon }) => icon)).size).toBe(1);
	// The columns between Airflow’s menu and the main part of the page.
	const grid = [70, 450] as const;
	const green = countPixels(screenshot, grid, (red, green, blue) => red < 40 && green > 90 && blue < 40);
	const red = countPixels(screenshot, grid, (red, green, blue) => red > 180 && green < 60 && blue < 60);
	expect(green).toBeGreaterThan(100 * cells.length);
	expect(red).toBe(0);
}, 300_000);
