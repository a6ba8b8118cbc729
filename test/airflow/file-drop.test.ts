import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
	CreateQueueCommand,
	GetQueueAttributesCommand,
	ReceiveMessageCommand,
	SendMessageCommand,
	SQSClient,
} from '@aws-sdk/client-sqs';
import type { Airflow } from '../../tasks/local/airflow/servers';
import { runResult } from '../support/cli';
import { useEndpoint } from '../support/ministack';
import { type AirflowApi, connectApi, type DagRun, eventually } from './airflow-api';
import { createAirflow, type TestAirflow } from './create-airflow';
import { readView } from './lake-view';
import { type LocalAws, startLocalAws } from './local-aws';

const dag = 'shoplake_file_drop';
const date = '2026-11-20';
let aws: LocalAws;
let lab: TestAirflow;
let running: Airflow;
let api: AirflowApi;
let lake: NodeJS.ProcessEnv;
let alertsQueue: string;

beforeAll(async () => {
	aws = await startLocalAws();
	useEndpoint(aws.settings.AWS_ENDPOINT_URL ?? '');
	lake = { ...process.env, ...aws.settings };
	alertsQueue = await subscribe();
	lab = await createAirflow('process', lake, { settings: { SHOPLAKE_FILE_DROP_LOOK_SECONDS: '3' } });
	running = await lab.start();
	api = await connectApi(lab, running);
	await api.unpause(dag);
}, 600_000);
afterAll(async () => {
	await running?.stop();
	await lab?.dispose();
	await aws?.dispose();
}, 90_000);

/** Creates a queue that receives every alert. */
async function subscribe(): Promise<string> {
	const sqs = new SQSClient();
	const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'alerts' }));
	const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
	const TopicArn = lake.SHOPLAKE_ALERTS_TOPIC;
	await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
	return QueueUrl;
}

/** The alerts since the last call. */
async function receiveAlerts(): Promise<string[]> {
	const query = { QueueUrl: alertsQueue, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 };
	const { Messages = [] } = await new SQSClient().send(new ReceiveMessageCommand(query));
	return Messages.map(({ Body = '' }) => JSON.parse(Body).Message);
}

/** The state of each task of a run. */
const readTasks = (run: DagRun): Promise<Record<string, string | null>> => readTasksOf(dag, run);
const readTasksOf = async (dag: string, { dag_run_id }: DagRun): Promise<Record<string, string | null>> =>
	Object.fromEntries((await api.tasks(dag, dag_run_id)).map(({ task_id, state }) => [task_id, state]));

/** Waits for the first run that ended in a state and whose gate succeeded; runs that found nothing don't count. */
const waitForEnd = (state: 'success' | 'failed'): Promise<{ run: DagRun; tasks: Record<string, string | null> }> =>
	eventually(`a run of ${dag} with work has ended as ${state}`, 300, async () => {
		for (const run of await api.dagRuns(dag)) {
			if (run.state !== state) continue;
			const tasks = await readTasks(run);
			if (tasks.gate === 'success') return { run, tasks };
		}
		return undefined;
	});

/** Waits until no run is active and no message is waiting; returns the number of runs. */
const waitUntilIdle = (): Promise<number> =>
	eventually('all runs have ended', 240, async () => {
		const { Attributes } = await new SQSClient().send(
			new GetQueueAttributesCommand({
				QueueUrl: lake.SHOPLAKE_FILE_DROP_QUEUE,
				AttributeNames: ['ApproximateNumberOfMessages'],
			}),
		);
		const runs = await api.dagRuns(dag);
		const done = runs.every(({ state }) => /success|failed/.test(state));
		return done && Attributes?.ApproximateNumberOfMessages === '0' && runs.length;
	});

/** Drops a file of the sample in the lab's folder. */
async function drop(name: string): Promise<void> {
	const Body = await readFile(join(lab.place.home, name));
	const Key = `incoming/${name}`;
	await new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket: lake.SHOPLAKE_BUCKET, Key, Body }));
}

const dropStatus = () => runResult(lake, 'filedrop', 'status');

test('a run waits for missing files without holding a slot, and completes when the last file arrives', async () => {
	// The scheduled run after unpausing the DAG finds nothing.
	await eventually('a first run', 120, async () => (await api.dagRuns(dag)).length > 0);
	await waitUntilIdle();
	for (const run of await api.dagRuns(dag)) {
		const { anything_dropped, done, ...steps } = await readTasks(run);
		expect(anything_dropped).toBe('success');
		expect(new Set(Object.values(steps))).toEqual(new Set(['skipped']));
	}
	await runResult(lake, 'filedrop', 'sample', '--date', date, '--records', '100', '--out', lab.place.home);
	const names = (await readdir(lab.place.home)).filter((name) => name.endsWith('.csv'));
	expect(names).toHaveLength(11);
	for (const name of names.filter((name) => name !== 'orders_5.csv')) await drop(name);
	await eventually('the gate waits', 240, async () =>
		(await Promise.all((await api.dagRuns(dag)).map(readTasks))).some(({ gate }) => gate === 'up_for_reschedule'),
	);
	expect(await dropStatus()).toMatchObject({ orders: 4, minimum_missed_since: expect.any(String), lock: null });
	await drop('orders_5.csv');
	const { tasks } = await waitForEnd('success');
	const all = [
		'anything_dropped',
		'gate',
		'lock',
		'validate',
		'ingest',
		'clean',
		'aggregate',
		'crawl',
		'load_kpis',
		'archive',
		'unlock',
	];
	expect(tasks).toEqual({
		...Object.fromEntries([...all, 'done'].map((task) => [task, 'success'])),
		notify: 'skipped',
	});
	await waitUntilIdle();
	expect((await api.dagRuns(dag)).map(({ run_type }) => run_type)).toContain('asset_triggered');
	expect(await dropStatus()).toMatchObject({
		orders: 0,
		order_items: 0,
		products: 0,
		minimum_missed_since: null,
		lock: null,
		batches: [],
	});
	const { items } = await readView(lake);
	expect(items.filter((item) => item.includes('total_orders'))).toEqual([expect.stringContaining(date)]);
	expect(items.filter((item) => item.includes('daily_revenue')).length).toBeGreaterThan(2);
	expect(await receiveAlerts()).toEqual([]);
}, 600_000);

test('orders that arrive by file drop and by the daily pipeline count once', async () => {
	const before = (await readView(lake)).items;
	// The daily pipeline loads the day that was dropped: each of its orders is a duplicate.
	expect(await runResult(lake, 'run', '--date', date, '--records', '100', '--dirt', '0')).toMatchObject({
		status: 'published',
	});
	expect((await readView(lake)).items).toEqual(before);
}, 200_000);

test('a malformed file causes one alert, loads nothing, releases the lock, and causes no second alert', async () => {
	const before = await readView(lake);
	await runResult(lake, 'filedrop', 'sample', '--date', '2026-11-21', '--records', '100', '--malformed');
	const { run, tasks } = await waitForEnd('failed');
	expect(tasks).toMatchObject({ validate: 'failed', ingest: 'upstream_failed', notify: 'success', unlock: 'success' });
	const runs = await waitUntilIdle();
	const [alert, ...others] = await receiveAlerts();
	expect(others).toEqual([]);
	expect(alert).toContain('Step: filedrop validate');
	expect(alert).toContain('orders_5.csv has a quoted value that never ends');
	expect(alert).toContain('shoplake filedrop retry --batch drop-');
	const status = await dropStatus();
	expect(status).toMatchObject({ orders: 5, order_items: 5, products: 1, lock: null, batches: [{ state: 'held' }] });
	expect(await readView(lake)).toEqual(before);

	// A message without the event's name, as other senders may write it, starts a run that finds nothing new.
	const Bucket = lake.SHOPLAKE_BUCKET;
	const MessageBody = JSON.stringify({
		Records: [{ s3: { bucket: { name: Bucket }, object: { key: 'incoming/orders_1.csv' } } }],
	});
	await new SQSClient().send(new SendMessageCommand({ QueueUrl: lake.SHOPLAKE_FILE_DROP_QUEUE, MessageBody }));
	await eventually('a further run', 240, async () => (await api.dagRuns(dag)).length > runs);
	await waitUntilIdle();
	expect(await receiveAlerts()).toEqual([]);
	expect((await api.dagRuns(dag)).filter(({ state }) => state === 'failed')).toEqual([run]);
	const idle = (await Promise.all((await api.dagRuns(dag)).map(readTasks))).filter(({ gate }) => gate === 'skipped');
	expect(idle.map(({ unlock }) => unlock)).toEqual(idle.map(() => 'skipped'));
	expect(idle).not.toEqual([]);

	// Once the file is fixed, the batch is processed without further action.
	await runResult(lake, 'filedrop', 'sample', '--date', '2026-11-21', '--records', '100', '--out', lab.place.home);
	await drop('orders_5.csv');
	await eventually('the fixed batch is in the tables', 300, async () =>
		(await readView(lake)).items.some((item) => item.includes('total_orders') && item.includes('2026-11-21')),
	);
	await waitUntilIdle();
	expect(await dropStatus()).toMatchObject({ orders: 0, lock: null, batches: [] });
	expect(await receiveAlerts()).toEqual([]);
}, 900_000);

test('a run of the streams to which nothing was delivered still sends the alarms that are due', async () => {
	const streams = 'shoplake_streams';
	await api.unpause(streams);
	const run = await eventually('a scheduled run of the streams has ended', 240, async () =>
		(await api.dagRuns(streams)).find(({ state }) => /success|failed/.test(state)),
	);
	expect(await readTasksOf(streams, run)).toEqual({
		anything_new: 'success',
		stream_seal: 'skipped',
		clean: 'skipped',
		aggregate: 'skipped',
		crawl: 'skipped',
		stream_alarms: 'success',
		done: 'success',
	});
}, 300_000);
