import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Airflow } from '../../tasks/local/airflow/servers';
import { createAwsLake, readHead } from '../support/aws-lake';
import { runResult } from '../support/cli';
import { useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import { type AirflowApi, connectApi, eventually, type TaskInstance } from './airflow-api';
import { createAirflow, type TestAirflow } from './create-airflow';
import { readView } from './lake-view';
import { type LocalAws, startLocalAws } from './local-aws';

const run = promisify(execFile);
const dag = 'shoplake_daily';
const records = 100;
const dates = ['2026-02-02', '2026-02-03', '2026-02-04', '2026-02-05'] as const;
/** The tries of a step; see the factory. */
const maxTries = 6;

let aws: LocalAws;
let gate: RequestGate;
let lake: NodeJS.ProcessEnv;
let lab: TestAirflow;
let running: Airflow;
let api: AirflowApi;
/** A disk of 64 MB for the steps' scratch files. */
let scratch: string;
let alertsQueue: string;

beforeAll(async () => {
	aws = await startLocalAws();
	useEndpoint(aws.settings.AWS_ENDPOINT_URL ?? '');
	lake = { ...process.env, ...aws.settings };
	gate = await openGate(aws.settings.AWS_ENDPOINT_URL ?? '');
	scratch = await mkdtemp(join(tmpdir(), 'shoplake-scratch-'));
	await asRoot('mount', '-t', 'tmpfs', '-o', 'size=64m,mode=1777', 'tmpfs', scratch);
	const settings = { ...aws.settings, AWS_ENDPOINT_URL: gate.endpoint, SHOPLAKE_SCRATCH: scratch };
	lab = await createAirflow('process', lake, { settings });
	Object.assign(lab.env, {
		AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE: 'False',
		// A worker without a heartbeat for 10 s counts as dead.
		AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '10',
		AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL: '2',
	});
	running = await lab.start();
	api = await connectApi(lab, running);
	await api.unpause(dag);
	alertsQueue = (await lab.python(subscribe)).trim();
}, 600_000);
afterAll(async () => {
	await running?.stop();
	await lab?.dispose();
	if (scratch) {
		await asRoot('umount', scratch);
		await rm(scratch, { recursive: true });
	}
	await gate?.close();
	await aws?.dispose();
}, 120_000);

/** Subscribes a queue to the topic of alerts and prints its URL. */
const subscribe = `import boto3, os
queue = boto3.client("sqs").create_queue(QueueName="alerts")["QueueUrl"]
arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
boto3.client("sns").subscribe(TopicArn=os.environ["SHOPLAKE_ALERTS_TOPIC"], Protocol="sqs", Endpoint=arn)
print(queue)`;

/** The alerts since the last call. */
async function alerts(): Promise<{ Subject: string; Message: string }[]> {
	const code = `import boto3, json, sys
sqs = boto3.client("sqs")
found = sqs.receive_message(QueueUrl="${alertsQueue}", MaxNumberOfMessages=10).get("Messages", [])
for message in found: sqs.delete_message(QueueUrl="${alertsQueue}", ReceiptHandle=message["ReceiptHandle"])
print(json.dumps([json.loads(message["Body"]) for message in found]))`;
	return JSON.parse(await lab.python(code));
}

async function asRoot(command: string, ...args: readonly string[]): Promise<void> {
	await (process.getuid?.() === 0 ? run(command, args) : run('sudo', [command, ...args]));
}

/** Starts the run of a day; its id. */
async function trigger(date: string, conf: Readonly<Record<string, unknown>> = {}): Promise<string> {
	const id = `test-${date}`;
	const flags = ['--run-id', id, '--logical-date', `${date}T00:00:00+00:00`];
	await lab.run('dags', 'trigger', dag, ...flags, '--conf', JSON.stringify({ records, ...conf }));
	return id;
}

async function readTask(id: string, task: string): Promise<TaskInstance> {
	const found = (await api.tasks(dag, id)).find(({ task_id }) => task_id === task);
	if (!found) throw new Error(`run ${id} has no task ${task}`);
	return found;
}

/** Acts in the middle of a step: at its fifth request to AWS, which is cut off. */
async function during(id: string, task: string, act: () => void): Promise<void> {
	await eventually(`${task} runs`, 120, async () => (await readTask(id, task)).state === 'running');
	await new Promise<void>((done) => {
		gate.at(5, 'before', () => {
			act();
			done();
		});
	});
	gate.open();
}

/** Waits until a run has ended; its state, and the tries of each step. */
async function waitForEnd(id: string): Promise<{ state: string; tries: Readonly<Record<string, number>> }> {
	const state = await eventually(`run ${id} has ended`, 300, async () => {
		const found = (await api.dagRuns(dag)).find(({ dag_run_id }) => dag_run_id === id)?.state ?? '';
		return /success|failed/.test(found) && found;
	});
	const tasks = await api.tasks(dag, id);
	return { state, tries: Object.fromEntries(tasks.map(({ task_id, try_number }) => [task_id, try_number])) };
}

/** The processes of steps by id, with their command lines, whatever their parent is. */
async function listProcesses(): Promise<Map<number, string>> {
	const found = new Map<number, string>();
	for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
		if (!environ.includes('SHOPLAKE_TASK_INSTANCE=') || !environ.includes(scratch)) continue;
		found.set(Number(pid), (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '));
	}
	return found;
}

const listPids = (found: ReadonlyMap<number, string>, step: string): number[] =>
	[...found].filter(([, command]) => command.includes(` ${step} `)).map(([pid]) => pid);

async function readParent(pid: number): Promise<number> {
	return Number(/^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const onceEach = { generate: 1, ingest: 1, clean: 1, aggregate: 1, crawl: 1, load_kpis: 1, report: 1 };

test('after a worker is killed, the next try ends what it left behind and succeeds', async () => {
	const id = await trigger(dates[0]);
	let left: number[] = [];
	const killed = new Promise<void>((done, fail) => {
		during(id, 'clean', () => {
			(async () => {
				left = listPids(await listProcesses(), 'clean');
				for (const pid of left) {
					// A stopped process can't end by itself: it still exists when the next try begins.
					process.kill(pid, 'SIGSTOP');
					const task = await readParent(pid);
					process.kill(await readParent(task), 'SIGKILL');
				}
			})().then(done, fail);
		}).catch(fail);
	});
	await killed;
	expect(left).toHaveLength(1);
	expect(await waitForEnd(id)).toEqual({ state: 'success', tries: { ...onceEach, clean: 2 } });
	expect(await api.log(dag, id, 'clean', 2)).toMatch(/Removed what an earlier try of this task left behind/);
	expect([...(await listProcesses()).keys()]).toEqual([]);
}, 400_000);

test('a step whose process is killed is retried', async () => {
	const id = await trigger(dates[1]);
	await during(id, 'aggregate', () => {
		listProcesses().then((found) => {
			for (const pid of listPids(found, 'aggregate')) process.kill(pid, 'SIGKILL');
		});
	});
	expect(await waitForEnd(id)).toEqual({ state: 'success', tries: { ...onceEach, aggregate: 2 } });
	expect(await api.log(dag, id, 'aggregate', 1)).toMatch(/exit code 137, killed/);
}, 400_000);

test('a step that fills its scratch disk is retried, and succeeds once there is space', async () => {
	const filler = join(scratch, 'filler');
	const { bavail, bsize } = await statfs(scratch);
	await writeFile(filler, Buffer.alloc(bavail * bsize - 64 * 1024));
	let id = '';
	try {
		id = await trigger(dates[2]);
		await eventually(
			'generate has failed once',
			120,
			async () => (await readTask(id, 'generate')).state === 'up_for_retry',
		);
	} finally {
		await rm(filler);
	}
	const { state, tries } = await waitForEnd(id);
	expect(state).toBe('success');
	expect(tries).toEqual({ ...onceEach, generate: expect.any(Number) });
	expect(tries.generate).toBeGreaterThan(1);
	expect(await api.log(dag, id, 'generate', 1)).toMatch(/[Nn]o space left on device|ENOSPC/);
	expect(await readdir(scratch)).toEqual([]);
}, 400_000);

test('a run continues after AWS was unavailable for 20 s', async () => {
	const id = await trigger(dates[3]);
	await eventually('clean runs', 120, async () => (await readTask(id, 'clean')).state === 'running');
	await aws.down();
	await sleep(20_000);
	await aws.up();
	const { state, tries } = await waitForEnd(id);
	expect(state).toBe('success');
	expect(Math.max(...Object.values(tries))).toBeGreaterThan(1);
	expect(Math.max(...Object.values(tries))).toBeLessThanOrEqual(maxTries);
	expect([...(await listProcesses()).keys()]).toEqual([]);
}, 400_000);

test('after these failures the lake is the same as without them', async () => {
	const reference = await createAwsLake('undisturbed');
	for (const date of dates) await runResult(reference.env, 'run', '--date', date, '--records', String(records));
	expect(await readView(lake)).toEqual(await readView(reference.env));
	expect(await alerts()).toEqual([]);
}, 200_000);

test('a day with too many rejected records fails without a retry, says why, and publishes nothing', async () => {
	const [head, view] = [await readHead(lake), await readView(lake)];
	const id = await trigger('2026-02-06', { dirt: 0.5, max_rejected: '5%' });
	const { state, tries } = await waitForEnd(id);
	expect({ state, ingest: tries.ingest }).toEqual({ state: 'failed', ingest: 1 });
	const log = await api.log(dag, id, 'ingest', 1);
	expect(log).toMatch(/exit code 65, the data are refused/);
	expect(log).toMatch(/--max-rejected/);
	expect(await readHead(lake)).toBe(head);
	expect(await readView(lake)).toEqual(view);
	const [alert, ...others] = await eventually('an alert', 30, async () => {
		const found = await alerts();
		return found.length > 0 && found;
	});
	expect(others).toEqual([]);
	expect(alert?.Subject).toBe('shoplake: shoplake_daily.ingest has failed');
	expect(alert?.Message).toContain(id);
	expect(alert?.Message).toMatch(/exit code 65/);
}, 300_000);
