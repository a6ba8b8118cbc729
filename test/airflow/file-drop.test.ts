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
import { type AirflowLab, makeAirflow } from './airflow-lab';
import { readView } from './lake-view';
import { type LocalAws, startLocalAws } from './local-aws';

const dag = 'shoplake_file_drop';
const date = '2026-11-20';
let aws: LocalAws;
let lab: AirflowLab;
let running: Airflow;
let api: AirflowApi;
let lake: NodeJS.ProcessEnv;
let mailbox: string;

beforeAll(async () => {
	aws = await startLocalAws();
	useEndpoint(aws.settings.AWS_ENDPOINT_URL ?? '');
	lake = { ...process.env, ...aws.settings };
	mailbox = await subscribe();
	lab = await makeAirflow('process', lake, { settings: { SHOPLAKE_FILE_DROP_LOOK_SECONDS: '3' } });
	running = await lab.start();
	api = await connectApi(lab);
	await lab.run('dags', 'unpause', dag, '--yes');
}, 600_000);
afterAll(async () => {
	await running?.stop();
	await lab?.dispose();
	await aws?.dispose();
}, 90_000);

/** A queue that gets every alert. */
async function subscribe(): Promise<string> {
	const sqs = new SQSClient();
	const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'mailbox' }));
	const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
	const TopicArn = lake.SHOPLAKE_ALERTS_TOPIC;
	await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
	return QueueUrl;
}

/** The alerts that have come so far, each once. */
async function newAlerts(): Promise<string[]> {
	const query = { QueueUrl: mailbox, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 };
	const { Messages = [] } = await new SQSClient().send(new ReceiveMessageCommand(query));
	return Messages.map(({ Body = '' }) => JSON.parse(Body).Message);
}

/** How the tasks of a run ended, by task. */
const readTasks = async ({ dag_run_id }: DagRun): Promise<Record<string, string | null>> =>
	Object.fromEntries((await api.tasks(dag, dag_run_id)).map(({ task_id, state }) => [task_id, state]));

/** The first run that ended in a state, and that has done more than look; runs that found nothing are skipped over. */
const ended = (state: 'success' | 'failed'): Promise<{ run: DagRun; tasks: Record<string, string | null> }> =>
	eventually(`a run of ${dag} with work has ended as ${state}`, 300, async () => {
		for (const run of await api.dagRuns(dag)) {
			if (run.state !== state) continue;
			const tasks = await readTasks(run);
			if (tasks.gate === 'success') return { run, tasks };
		}
		return undefined;
	});

/** Waits until no run is under way and no message waits; returns how many runs there are. */
const settled = (): Promise<number> =>
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

/** Drops a file of the sample that is written into the lab's folder. */
async function drop(name: string): Promise<void> {
	const Body = await readFile(join(lab.place.home, name));
	const Key = `incoming/${name}`;
	await new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket: lake.SHOPLAKE_BUCKET, Key, Body }));
}

const dropStatus = () => runResult(lake, 'filedrop', 'status');

test('too few files wait without a slot; with the last one the run goes through by itself', async () => {
	// The schedule's own run, when the DAG is unpaused, finds nothing.
	await eventually('a first run', 120, async () => (await api.dagRuns(dag)).length > 0);
	await settled();
	await runResult(lake, 'filedrop', 'sample', '--date', date, '--records', '100', '--out', lab.place.home);
	const names = (await readdir(lab.place.home)).filter((name) => name.endsWith('.csv'));
	expect(names).toHaveLength(11);
	for (const name of names.filter((name) => name !== 'orders_5.csv')) await drop(name);
	await eventually('the gate waits', 240, async () =>
		(await Promise.all((await api.dagRuns(dag)).map(readTasks))).some(({ gate }) => gate === 'up_for_reschedule'),
	);
	expect(await dropStatus()).toMatchObject({ orders: 4, minimum_missed_since: expect.any(String), lock: null });
	await drop('orders_5.csv');
	const { tasks } = await ended('success');
	const all = ['gate', 'lock', 'validate', 'ingest', 'clean', 'aggregate', 'crawl', 'load_kpis', 'archive', 'unlock'];
	expect(tasks).toEqual({
		...Object.fromEntries([...all, 'done'].map((task) => [task, 'success'])),
		notify: 'skipped',
	});
	await settled();
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
	expect(await newAlerts()).toEqual([]);
}, 600_000);

test('a date that receives orders both ways has one truth', async () => {
	const before = (await readView(lake)).items;
	// The very day that was dropped, by the daily pipeline: of each order one of the two is a duplicate.
	expect(await runResult(lake, 'run', '--date', date, '--records', '100', '--dirt', '0')).toMatchObject({
		status: 'published',
	});
	expect((await readView(lake)).items).toEqual(before);
}, 200_000);

test('a malformed file: one alert, the lock free, nothing loaded, and no second alarm for the same set', async () => {
	const before = await readView(lake);
	await runResult(lake, 'filedrop', 'sample', '--date', '2026-11-21', '--records', '100', '--malformed');
	const { run, tasks } = await ended('failed');
	expect(tasks).toMatchObject({ validate: 'failed', ingest: 'upstream_failed', notify: 'success', unlock: 'success' });
	const runs = await settled();
	const [alert, ...others] = await newAlerts();
	expect(others).toEqual([]);
	expect(alert).toContain('Step: filedrop validate');
	expect(alert).toContain('orders_5.csv has a quoted value that never ends');
	expect(alert).toContain('shoplake filedrop retry --batch drop-');
	const status = await dropStatus();
	expect(status).toMatchObject({ orders: 5, order_items: 5, products: 1, lock: null, batches: [{ state: 'held' }] });
	expect(await readView(lake)).toEqual(before);

	// The message as others may write it, without the event's name: it starts a run, which finds nothing new to try.
	const Bucket = lake.SHOPLAKE_BUCKET;
	const MessageBody = JSON.stringify({
		Records: [{ s3: { bucket: { name: Bucket }, object: { key: 'incoming/orders_1.csv' } } }],
	});
	await new SQSClient().send(new SendMessageCommand({ QueueUrl: lake.SHOPLAKE_FILE_DROP_QUEUE, MessageBody }));
	await eventually('a further run', 240, async () => (await api.dagRuns(dag)).length > runs);
	await settled();
	expect(await newAlerts()).toEqual([]);
	expect((await api.dagRuns(dag)).filter(({ state }) => state === 'failed')).toEqual([run]);

	// The file is mended: the rest follows by itself.
	await runResult(lake, 'filedrop', 'sample', '--date', '2026-11-21', '--records', '100', '--out', lab.place.home);
	await drop('orders_5.csv');
	await eventually('the mended batch is in the tables', 300, async () =>
		(await readView(lake)).items.some((item) => item.includes('total_orders') && item.includes('2026-11-21')),
	);
	await settled();
	expect(await dropStatus()).toMatchObject({ orders: 0, lock: null, batches: [] });
	expect(await newAlerts()).toEqual([]);
}, 900_000);
