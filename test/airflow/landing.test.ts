import { CopyObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Airflow } from '../../tasks/local/airflow/servers';
import { createAwsLake, readHead } from '../support/aws-lake';
import { runResult } from '../support/cli';
import { useEndpoint } from '../support/ministack';
import { type AirflowApi, connectApi, type DagRun, eventually } from './airflow-api';
import { createAirflow, type TestAirflow } from './create-airflow';
import { readView } from './lake-view';
import { type LocalAws, startLocalAws } from './local-aws';

const date = '2026-02-03';
const dag = 'shoplake_landing';
let aws: LocalAws;
let lab: TestAirflow;
let running: Airflow;
let api: AirflowApi;
let s3: S3Client;
let lake: NodeJS.ProcessEnv;

beforeAll(async () => {
	aws = await startLocalAws();
	useEndpoint(aws.settings.AWS_ENDPOINT_URL ?? '');
	lake = { ...process.env, ...aws.settings };
	s3 = new S3Client({ forcePathStyle: true });
	await runResult(lake, 'generate', '--date', date, '--records', '100', '--dirt', '0.02');
	lab = await createAirflow('process', lake);
	running = await lab.start();
	api = await connectApi(lab, running);
	await api.unpause(dag);
}, 600_000);
afterAll(async () => {
	await running?.stop();
	await lab?.dispose();
	await aws?.dispose();
}, 90_000);

/** Writes the object that announces a complete upload. */
const announce = (folder: string) =>
	s3.send(new PutObjectCommand({ Bucket: lake.SHOPLAKE_BUCKET, Key: `${folder}_READY`, Body: 'ready\n' }));

/** Waits until the DAG has this many runs and all have ended. */
const waitForRuns = (count: number): Promise<DagRun[]> =>
	eventually(`${count} runs of ${dag} have ended`, 240, async () => {
		const found = await api.dagRuns(dag);
		return found.length >= count && found.every(({ state }) => /success|failed/.test(state)) && found;
	});

/** The batches of all runs, according to their asset events. */
const listCleanedBatches = async () =>
	(await api.assetEvents())
		.filter(({ name }) => name === 'shoplake_silver')
		.map(({ extra }) => extra.batch)
		.sort();

test('an announced batch runs through the pipeline', async () => {
	await announce(`landing/batch=${date}/`);
	expect((await waitForRuns(1)).map(({ state, run_type }) => [state, run_type])).toEqual([
		['success', 'asset_triggered'],
	]);
	const reference = await createAwsLake('reference');
	await runResult(reference.env, 'run', '--date', date, '--records', '100');
	expect(await readView(lake)).toEqual(await readView(reference.env));
}, 400_000);

test('announcing a batch twice changes nothing', async () => {
	const [head, view] = [await readHead(lake), await readView(lake)];
	await announce(`landing/batch=${date}/`);
	expect((await waitForRuns(2)).map(({ state }) => state)).toEqual(['success', 'success']);
	expect(await readHead(lake)).toBe(head);
	expect(await readView(lake)).toEqual(view);
}, 400_000);

test('single datasets of batches with any id are announced, several at a time', async () => {
	const batches = ['supplier:1', 'Supplier_2.b'];
	for (const batch of batches) {
		const { SHOPLAKE_BUCKET: Bucket } = lake;
		const CopySource = `${Bucket}/landing/orders/batch=${date}/orders-0000.ndjson`;
		const Key = `landing/orders/batch=${batch}/orders.ndjson`;
		await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
		await announce(`landing/orders/batch=${batch}/`);
	}
	await eventually('both batches are cleaned', 240, async () => (await listCleanedBatches()).length === 4);
	expect(await listCleanedBatches()).toEqual([date, date, ...batches].sort());
	for (const { state } of await waitForRuns(3)) expect(state).toBe('success');
}, 400_000);

test('processed announcements are deleted from the queue', async () => {
	const code = `import boto3, os
queue = os.environ["SHOPLAKE_LANDING_QUEUE"]
names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
print(boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"])`;
	expect(await lab.python(code)).toBe(
		"{'ApproximateNumberOfMessages': '0', 'ApproximateNumberOfMessagesNotVisible': '0'}\n",
	);
});
