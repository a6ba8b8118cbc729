import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
	CloudFormationClient,
	DeleteStackCommand,
	GetStackPolicyCommand,
	paginateListStackResources,
	waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
	GetBucketNotificationConfigurationCommand,
	GetObjectCommand,
	ListBucketsCommand,
	PutObjectCommand,
	S3Client,
} from '@aws-sdk/client-s3';
import { stackName } from '../../infra/stack-name';
import { statefulTypes } from '../../infra/stateful';
import { isColumnar } from '../../tasks/lake';
import { localSettings } from '../../tasks/local/settings';
import { type AwsLake, openAwsLake, readLedger } from '../support/aws-lake';
import { buildCli, runCli, runResult } from '../support/cli';
import { type SynthesisedStack, synthesiseStack } from '../support/deployed-stack';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { deployRelease } from '../support/release/deploy-release';
import { type Release, readRelease, releaseVersions } from '../support/release/fixture';
import { askAll, recordedDays } from '../support/release/life';
import type { Server } from '../support/server';

/** The newest recorded releases: each is deployed, updated to today's template in place, used, and destroyed. */
const versions = releaseVersions.slice(-2);
const [first, , third, waiting] = recordedDays;
const next = '2026-11-21';

const s3 = () => new S3Client({ forcePathStyle: true });
const cloudformation = () => new CloudFormationClient({});

let stack: SynthesisedStack;
beforeAll(async () => {
	await buildCli();
	stack = await synthesiseStack();
}, 600_000);
afterAll(() => stack?.remove());

/** The physical ids of what holds state in the stack, by logical id. */
async function listState(): Promise<Record<string, string>> {
	const ids: Record<string, string> = {};
	for await (const page of paginateListStackResources({ client: cloudformation() }, { StackName: stackName })) {
		for (const { ResourceType = '', LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ??
			[]) {
			if (Object.hasOwn(statefulTypes, ResourceType)) ids[LogicalResourceId] = PhysicalResourceId;
		}
	}
	return ids;
}

/** The date of an item as AwsLake lists it: `OrderKPIs 2026-11-20: …`. */
const itemDate = (item: string) => item.split(/[ :]/)[1] ?? '';

/** Runs a script of `infra/bin/` as the command line does. */
const runScript = (script: string, ...args: readonly string[]) =>
	promisify(execFile)(process.execPath, ['--import', 'tsx', `infra/bin/${script}`, ...args], {
		env: { ...process.env, CDK_VALIDATION: 'false' },
	});

describe.each(versions)('a stack and a lake of %s', (version) => {
	let aws: Server;
	let release: Release;
	let env: NodeJS.ProcessEnv;
	let lake: AwsLake;
	let outputs: Readonly<Record<string, string>>;
	/** The items of DynamoDB and the physical ids of state, before the update. */
	let items: readonly string[];
	let state: Readonly<Record<string, string>>;
	const shoplake = (...args: readonly string[]) => runResult(env, ...args);
	const answers = () =>
		askAll(async (args) => {
			const { code, stdout, stderr } = await runCli(env, ...args);
			if (code !== 0) throw new Error(stderr);
			return stdout;
		});
	const itemsUntil = async (date: string) => (await lake.items()).filter((item) => itemDate(item) <= date);

	beforeAll(async () => {
		aws = await startMiniStack();
		useEndpoint(aws.endpoint);
		release = await readRelease(version);
		await deployRelease(release);
		state = await listState();
		outputs = await stack.deployTo(aws.endpoint);
		// As on AWS, where Athena needs no copies.
		env = { PATH: process.env.PATH, ...localSettings(aws.endpoint, outputs), SHOPLAKE_MIRROR: 'false' };
		lake = openAwsLake(env);
		items = await lake.items();
	}, 600_000);
	afterAll(() => aws?.stop());

	test('keep every bucket, table, queue and log in an update in place', async () => {
		expect(Object.keys(state).length).toBeGreaterThan(20);
		expect(await listState()).toMatchObject(state);
		expect(outputs.ShoplakeBucket).toBe(release.bucket);
	});

	test('are read: the numbers are those that the release gave, and nothing is damaged', async () => {
		expect(await answers()).toEqual(release.answers);
		expect(await shoplake('verify')).toMatchObject({ findings: [] });
		const { rows } = await shoplake('status');
		expect(rows).toContainEqual(expect.objectContaining({ date: third }));
		const { steps } = (await shoplake('plan')) as { steps: { task: string; on: string }[] };
		const datasets = ['orders', 'order_items', 'products', 'events'];
		const cleaned = steps.filter(({ task }) => task === 'clean').map(({ on }) => on);
		expect(cleaned).toEqual(datasets.map((name) => `${name} ${waiting}`));
		// A release with other statements computes Gold again; the batches of Silver and what is loaded stay.
		expect(steps.filter(({ task }) => task !== 'clean' && task !== 'aggregate')).toEqual([]);
	});

	test('are continued by the batch that waited and by a new day, and old days stay as they were', async () => {
		await shoplake('stream', 'seal');
		await shoplake('clean', '--batch', waiting);
		await shoplake('clean', '--sealed');
		await shoplake('run', '--date', next, '--records', '25', '--dirt', '0');
		expect(await itemsUntil(third)).toEqual(items);
		expect(await lake.items()).toContainEqual(expect.stringMatching(`^OrderKPIs ${next}: `));
		expect(await lake.items()).toContainEqual(expect.stringMatching(`^OrderKPIs ${waiting}: `));
		expect(await shoplake('plan')).toMatchObject({ steps: [] });
	});

	test('keep their numbers when all batches are typed again by today’s contracts', async () => {
		await shoplake('rebuild', '--retype');
		const { admitted } = await readLedger(env);
		const batches = Object.values(admitted).flatMap((ofDataset) => Object.values(ofDataset));
		expect(batches.length).toBeGreaterThan(16);
		expect(batches.filter((batch) => !isColumnar(batch))).toEqual([]);
		expect(await answers()).toEqual(release.answers);
	});

	// The rest does not depend on the release.
	if (version !== versions.at(-1)) return;

	test('take a batch of the release again, corrected', async () => {
		const landed = { Bucket: release.bucket, Key: `landing/orders/batch=${first}/orders-0000.ndjson` };
		const sent = (await (await s3().send(new GetObjectCommand(landed))).Body?.transformToString()) ?? '';
		const lines = sent.split('\n').filter((line) => line.startsWith('{"order_id"') && line.endsWith('}'));
		const order = JSON.parse(lines[0] ?? '') as { order_id: string };
		await s3().send(new PutObjectCommand({ ...landed, Body: JSON.stringify({ ...order, status: 'cancelled' }) }));

		const source = `s3://${release.bucket}/${landed.Key}`;
		await shoplake('run', '--batch', first, '--dataset', 'orders', '--source', source);
		const sql = `select status from silver_orders where order_id = '${order.order_id}'`;
		const { stdout } = await runCli(env, 'query', sql, '--format', 'json');
		expect(JSON.parse(stdout)).toEqual([{ status: 'cancelled' }]);
		expect(await itemsUntil(first)).not.toEqual(items.filter((item) => itemDate(item) <= first));
		expect(await shoplake('crawl', '--drift')).toMatchObject({ status: 'unchanged', drift: [] });
		expect(await shoplake('verify')).toMatchObject({ findings: [] });
	});

	test('are protected from an update that would lose something', async () => {
		await runScript('protect.ts', '--except', '');
		const { StackPolicyBody = '' } = await cloudformation().send(new GetStackPolicyCommand({ StackName: stackName }));
		const { Statement } = JSON.parse(StackPolicyBody) as { Statement: { Action: string; Resource: string[] }[] };
		const denied = (action: string) => Statement.find(({ Action }) => Action === action)?.Resource ?? [];
		const paths = Object.keys(await listState()).map((id) => `LogicalResourceId/${id}`);
		expect(denied('Update:Replace')).toEqual(expect.arrayContaining(paths));
		await expect(runScript('protect.ts', '--except', 'Nothing')).rejects.toThrow(
			/^The state of the stack can't be protected: The stack has no stateful resource Nothing.$/m,
		);
	});

	test('leave buckets and tables when the stack is deleted, and a new stack is made around them', async () => {
		const before = [await lake.items(), await lake.objects('_heads/')];
		await cloudformation().send(new DeleteStackCommand({ StackName: stackName }));
		await waitUntilStackDeleteComplete(
			{ client: cloudformation(), maxWaitTime: 300, minDelay: 1, maxDelay: 2 },
			{ StackName: stackName },
		);
		expect([await lake.items(), await lake.objects('_heads/')]).toEqual(before);
		await runScript('protect.ts');
		// One that is gone is created, empty.
		const dynamodb = new DynamoDBClient({});
		await dynamodb.send(new DeleteTableCommand({ TableName: 'StockData' }));

		const { Buckets = [] } = await s3().send(new ListBucketsCommand({}));
		const results = Buckets.find(({ Name }) => Name?.includes('queryresults'))?.Name ?? '';
		const names = ['--lake', release.bucket, '--stocks', outputs.ShoplakeStocksBucket ?? ''];
		await runScript('adopt.ts', ...names, '--results', results);
		const again = await stack.deployTo(aws.endpoint);
		expect(again.ShoplakeBucket).toBe(release.bucket);
		expect(again.ShoplakeStocksBucket).toBe(outputs.ShoplakeStocksBucket);
		const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'StockData' }));
		expect(Table?.ItemCount).toBe(0);
		expect([await lake.items(), await lake.objects('_heads/')]).toEqual(before);
		const { QueueConfigurations = [] } = await s3().send(
			new GetBucketNotificationConfigurationCommand({ Bucket: release.bucket }),
		);
		expect(QueueConfigurations.length).toBeGreaterThan(0);
		expect(await shoplake('crawl')).toMatchObject({ status: 'published' });
	});
});
