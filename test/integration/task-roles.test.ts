import {
	CloudFormationClient,
	DescribeStacksCommand,
	UpdateStackCommand,
	waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { type StepName, stepNames, stepResourceName } from '../../infra/tasks/task-steps';
import { makeCatalogue } from '../../tasks/generate';
import { csv, soundDrop } from '../support/aws-file-drop';
import { buildCli, type Ended, runCli } from '../support/cli';
import { DeployedFunctions } from '../support/deployed-functions';
import { deployStack } from '../support/deployed-stack';
import { startMiniStack } from '../support/ministack';
import type { Server } from '../support/server';
import { sale } from '../support/stream-records';
import { startTlsProxy } from '../support/tls-proxy';

/**
 * The deployed task definitions, each run as ECS would: with its environment, and with credentials of its role, on an
 * emulator that checks every request against the role's policy.
 */
interface Deployed {
	readonly environment: Readonly<Record<string, string>>;
	readonly credentials: Readonly<Record<string, string>>;
}

let aws: Server;
let proxy: Awaited<ReturnType<typeof startTlsProxy>>;
const deployed = new Map<StepName, Deployed>();
/** How each step of the lake's life ended, in order. */
const ended: { readonly step: StepName; readonly flags: readonly string[]; readonly end: Ended }[] = [];

/** A request of the account's root, whose signature the emulator does not check. */
async function asRoot(service: string, headers: Record<string, string>, body: string): Promise<string> {
	const response = await fetch(aws.endpoint, {
		method: 'POST',
		headers: {
			...headers,
			authorization: `AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
		},
		body,
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${service} answers ${response.status}: ${text}`);
	return text;
}

const query = (service: string, version: string, parameters: Record<string, string>) =>
	asRoot(
		service,
		{ 'content-type': 'application/x-www-form-urlencoded' },
		new URLSearchParams({ Version: version, ...parameters }).toString(),
	);

interface Definition {
	readonly taskRoleArn: string;
	readonly containerDefinitions: readonly { environment: readonly { name: string; value: string }[] }[];
}

async function stepDefinition(step: StepName): Promise<Definition> {
	const target = 'AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition';
	const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
	const answer = await asRoot('ecs', headers, JSON.stringify({ taskDefinition: `shoplake-${stepResourceName(step)}` }));
	return JSON.parse(answer).taskDefinition;
}

/** What ECS does for a task: it takes the role on. Here the root does, so the role has to trust it first. */
async function roleCredentials(role: string): Promise<Deployed['credentials']> {
	const RoleName = role.split('/').at(-1) ?? '';
	const PolicyDocument = JSON.stringify({
		Version: '2012-10-17',
		Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::000000000000:root' } }],
	});
	await query('iam', '2010-05-08', { Action: 'UpdateAssumeRolePolicy', RoleName, PolicyDocument });
	const answer = await query('sts', '2011-06-15', { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'test' });
	const part = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(answer)?.[1] ?? '';
	return {
		AWS_ACCESS_KEY_ID: part('AccessKeyId'),
		AWS_SECRET_ACCESS_KEY: part('SecretAccessKey'),
		AWS_SESSION_TOKEN: part('SessionToken'),
	};
}

/**
 * What the emulator asks for beside what AWS does: it takes the name of a database or a crawler, where nothing else is
 * named, for that of a table, and requests of several messages or statements for actions of their own; and it does not
 * know the namespace of a metric.
 */
const mistakes: { readonly [step in StepName]?: (environment: Deployed['environment']) => object } = {
	doctor: ({ SHOPLAKE_DATABASE, SHOPLAKE_LANDING_CRAWLER }) => ({
		Action: ['glue:GetDatabase', 'glue:GetCrawler'],
		Resource: [SHOPLAKE_DATABASE, SHOPLAKE_LANDING_CRAWLER].map(
			(name) => `arn:aws:glue:us-east-1:000000000000:table/${name}`,
		),
	}),
	'filedrop notify': () => ({ Action: 'cloudwatch:PutMetricData', Resource: '*' }),
	'stocks consume': () => ({ Action: ['dynamodb:BatchExecuteStatement', 'sqs:DeleteMessageBatch'], Resource: '*' }),
};

async function allowAsMistaken(role: string, step: StepName, environment: Deployed['environment']): Promise<void> {
	const allowed = mistakes[step]?.(environment);
	if (!allowed) return;
	await query('iam', '2010-05-08', {
		Action: 'PutRolePolicy',
		RoleName: role.split('/').at(-1) ?? '',
		PolicyName: 'mistaken',
		PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...allowed }] }),
	});
}

/** Runs a command line with the environment and the role of a step. */
function runAs(step: StepName, ...args: readonly string[]): Promise<Ended> {
	const { environment, credentials } = deployed.get(step) as Deployed;
	return runCli(
		{
			PATH: process.env.PATH,
			...environment,
			...credentials,
			AWS_ENDPOINT_URL: proxy.endpoint,
			// As on AWS, where Athena needs no copies.
			SHOPLAKE_MIRROR: 'false',
			// ECS says where it tells about the task; here nobody answers.
			ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9/v4/task',
		},
		...args,
	);
}

/** Who orders once, and is erased. */
const forgotten = 'U-forgotten';

/** What happens in a lake before any test, with the step that does it: days, one of them corrected, and one not yet cleaned. */
const life: readonly (readonly [StepName, ...string[]])[] = [
	['doctor'],
	['status'],
	['generate', '--date', '2026-11-19', '--records', '40', '--dirt', '0.05'],
	['ingest', '--batch', '2026-11-19', '--max-rejected', '50%'],
	['clean', '--batch', '2026-11-19'],
	['aggregate', '--batch', '2026-11-19'],
	['crawl'],
	['load-kpis', '--batch', '2026-11-19'],
	['report', '--to', '2026-11-19'],
	['plan'],
	['query', 'select category, sum(amount) as amount from gold_daily_sales group by category'],
	['query', 'select count(*) as items from lake_batches, lake_orphans, lake_quarantine, lake_refused'],
	['withdraw', '--batch', '2026-11-19'],
	['rebuild'],
	['rollback', '--to', '3'],
	['generate', '--date', '2026-11-20', '--records', '40'],
	['ingest', '--batch', '2026-11-20'],
	['clean', '--batch', '2026-11-20'],
	['generate', '--date', '2026-11-19', '--records', '20'],
	['ingest', '--batch', '2026-11-19'],
	['clean', '--batch', '2026-11-19'],
	['aggregate'],
	['crawl', '--drift'],
	['load-kpis', '--full'],
	['vacuum', '--older-than', '12h'],
	['generate', '--date', '2026-11-21', '--records', '20'],
	['ingest', '--batch', '2026-11-21'],
	['stocks generate', '--minute', '2026-11-21T09:00Z'],
	['stocks consume'],
	['doctor'],
	['stream seal'],
	['clean', '--sealed'],
	['aggregate'],
	['stream alarms'],
	['stream replay'],
	['stream seal'],
	['load-kpis', '--forecast'],
	['products seed'],
	['generate', '--date', '2026-11-22', '--records', '20'],
	['run', '--scheduled-at', '2026-11-23T03:00:00Z'],
	['generate', '--date', '2026-11-22', '--records', '10'],
	['run', '--ready', 'landing/batch%3D2026-11-22/_READY'],
	['ingest', '--batch', '2026-11-24'],
	['clean', '--batch', '2026-11-24'],
	['forget', '--user', forgotten],
];

/** Puts an object as the account's root. */
async function put(bucket: string, key: string, body: string): Promise<void> {
	const authorization =
		'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
	const request = { method: 'PUT', body, headers: { authorization } };
	const { ok, status } = await fetch(`${aws.endpoint}/${bucket}/${key}`, request);
	if (!ok) throw new Error(`S3 answers ${status} to ${key}`);
}

/** What the streams have delivered: seven hours of sales, the last one a spike; and a record that failed in time. */
async function deliver(bucket: string): Promise<void> {
	const hours = Array.from({ length: 7 }, (_, hour) =>
		sale(`e${hour}`, { quantity: hour === 6 ? 99 : 1, event_time: `2026-11-20T0${hour}:10:00Z` }),
	);
	await put(bucket, 'bronze/live_orders/2026/11/20/07/delivered', hours.join(''));
	const change = { eventName: 'INSERT', dynamodb: { NewImage: { orderid: { S: '7421' } } } };
	const rawData = Buffer.from(JSON.stringify(change)).toString('base64');
	await put(bucket, 'processing-failed/live_orders/2026/11/20/07/failed', `${JSON.stringify({ rawData })}\n`);
	const order = {
		order_id: 'O-1',
		user_id: forgotten,
		order_date: '2026-11-24',
		total_amount: '1.00',
		status: 'pending',
	};
	await put(bucket, 'landing/orders/batch=2026-11-24/orders.ndjson', `${JSON.stringify(order)}\n`);
	const [product] = makeCatalogue('1').products;
	await asRoot(
		'dynamodb',
		{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
		JSON.stringify({ TableName: 'Products', Item: { product_id: { S: product?.id } } }),
	);
}

/** Sets the stack's parameter `DailyRunHour` in place; resolves to its outputs. */
async function switchOnDailyRuns(): Promise<Readonly<Record<string, string>>> {
	const client = new CloudFormationClient({
		endpoint: aws.endpoint,
		region: 'us-east-1',
		credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
	});
	try {
		const StackName = 'Shoplake';
		const describe = async () => (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
		const names = ((await describe())?.Parameters ?? []).map(({ ParameterKey }) => ParameterKey as string);
		await client.send(
			new UpdateStackCommand({
				StackName,
				UsePreviousTemplate: true,
				Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
				Parameters: names.map((ParameterKey) =>
					ParameterKey === 'DailyRunHour'
						? { ParameterKey, ParameterValue: '3' }
						: { ParameterKey, UsePreviousValue: true },
				),
			}),
		);
		await waitUntilStackUpdateComplete({ client, maxWaitTime: 300, minDelay: 1, maxDelay: 1 }, { StackName });
		return Object.fromEntries(
			((await describe())?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
		);
	} finally {
		client.destroy();
	}
}

/** What a service with a REST API answers to the account's root. */
async function getAsRoot(service: string, path: string): Promise<ReturnType<typeof JSON.parse>> {
	const authorization = `AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
	const response = await fetch(`${aws.endpoint}${path}`, { headers: { authorization } });
	if (!response.ok) throw new Error(`${service} answers ${response.status}: ${await response.text()}`);
	return response.json();
}

const isFileDropStep = (step: StepName): boolean => step.startsWith('filedrop ');

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack({ AUTH: 'true' });
	proxy = await startTlsProxy(aws.endpoint);
	await deployStack(proxy.endpoint);
	// The task is to find the quotes in the queue.
	await new DeployedFunctions(aws.endpoint).consume('ConsumerLambda', false);
	for (const step of stepNames) {
		const { taskRoleArn, containerDefinitions } = await stepDefinition(step);
		const environment = Object.fromEntries(
			(containerDefinitions[0]?.environment ?? []).map(({ name, value }) => [name, value]),
		);
		await allowAsMistaken(taskRoleArn, step, environment);
		deployed.set(step, { environment, credentials: await roleCredentials(taskRoleArn) });
	}
	await deliver(deployed.get('stream seal')?.environment.SHOPLAKE_BUCKET ?? '');
	for (const [step, ...flags] of life)
		ended.push({ step, flags, end: await runAs(step, ...step.split(' '), ...flags) });
}, 600_000);
afterAll(async () => {
	await proxy?.stop();
	await aws?.stop();
});

test('every step does its work with the rights of its own role', () => {
	for (const { step, flags, end } of ended) {
		const { code, result } = end;
		expect({ step, flags, code, error: result.error }).toEqual({ step, flags, code: 0 });
		expect({ step, recordIsRefused: end.stderr.includes('is not recorded') }).toEqual({ step, recordIsRefused: false });
		// Otherwise the right to do so has not been used.
		if (step === 'stream alarms') expect(result.alarms).toEqual([expect.objectContaining({ direction: 'spike' })]);
		if (step === 'stream replay') expect(result).toMatchObject({ replayable: 1, delivered_objects: 1 });
		if (flags.includes('--forecast')) expect(result.forecast).toMatchObject({ updated: 1 });
		if (flags.includes('--drift')) expect(result.removed).toEqual(expect.arrayContaining([expect.any(String)]));
		// The filter of the log by which daily runs are counted.
		if (step === 'run') expect(result).toMatchObject({ task: 'run', status: 'published', batch: '2026-11-22' });
		if (step === 'rebuild') expect(result).toMatchObject({ status: 'published' });
		if (step === 'products seed') expect(result).toMatchObject({ status: 'published' });
		if (step === 'forget') {
			expect(result).toMatchObject({ records: [{ erased: 1 }], files: [{ rewritten: 1 }], left: [] });
			expect(result.deleted_versions).toBeGreaterThan(0);
		}
		if (step === 'stocks consume') expect(result).toMatchObject({ files: 50, added: 3000 });
	}
	const tagged = ended.filter(({ step }) => step === 'stream seal').map(({ end }) => Number(end.result.tagged));
	expect(Math.max(...tagged)).toBeGreaterThan(0);
	expect(new Set(life.map(([step]) => step))).toEqual(new Set(stepNames.filter((name) => !isFileDropStep(name))));
});

test('every step of the file drop, and those that follow it, do their work with the rights of their own role', async () => {
	const done = new Set<StepName>();
	const run = async (code: number, step: StepName, ...flags: readonly string[]) => {
		const end = await runAs(step, ...step.split(' '), ...flags);
		expect({ step, code: end.code, error: end.code === code ? '' : end.stderr }).toEqual({
			step,
			code,
			error: '',
		});
		expect(end.stderr).not.toContain('is not recorded');
		done.add(step);
		return end.result;
	};
	const bucket = deployed.get('filedrop gate')?.environment.SHOPLAKE_BUCKET ?? '';
	const drop = async (files: Readonly<Record<string, string>>) => {
		for (const [name, text] of Object.entries(files)) await put(bucket, `incoming/${name}`, text);
	};
	const holder = ['--holder', 'run 1'];
	await drop({ 'orders_1.csv': csv.orders('O-1,U-1,2026-11-20,1.00,completed') });
	await run(75, 'filedrop gate');
	// One item refers to an order that only the lake has.
	await drop({ ...soundDrop('2026-11-20'), 'order_items_6.csv': csv.items('O-2026-11-20-1,P-1,1,1.00') });
	const { batch, as_of } = await run(0, 'filedrop gate');
	const flags = ['--batch', String(batch)];
	await run(0, 'filedrop lock', ...holder);
	await run(0, 'filedrop validate', ...flags, ...holder);
	await run(0, 'ingest', ...flags, '--as-of', String(as_of), '--max-rejected', '0%');
	await run(0, 'clean', ...flags);
	await run(0, 'filedrop archive', ...flags, ...holder);
	await run(66, 'filedrop validate', ...flags);
	const unreadable = { 'orders_5.csv': 'not a header\n', 'order_items_5.csv': csv.items('O-2026-11-20-1,P-1,1,1.00') };
	await drop({ ...soundDrop('2026-11-21'), ...unreadable });
	const next = ['--batch', String((await run(0, 'filedrop gate')).batch)];
	await run(65, 'filedrop validate', ...next, ...holder);
	await run(0, 'filedrop validate', ...next, ...holder, '--on-invalid', 'quarantine');
	expect(await run(0, 'filedrop notify', ...next, '--step', 'ingest')).toMatchObject({ status: 'told' });
	await run(66, 'filedrop gate');
	expect(await run(0, 'filedrop retry', ...next)).toMatchObject({ status: 'released' });
	expect(await run(0, 'filedrop unlock', ...holder)).toMatchObject({ status: 'unlocked' });
	expect(stepNames.filter(isFileDropStep).every((name) => done.has(name))).toBe(true);
});

test.each([
	['status', 'generate', '--date', '2026-11-21'],
	['generate', 'ingest', '--batch', '2026-11-20'],
	['ingest', 'clean', '--batch', '2026-11-21'],
	['clean', 'load-kpis', '--full'],
	['aggregate', 'crawl'],
	['crawl', 'load-kpis', '--full'],
	['load-kpis', 'clean', '--batch', '2026-11-21'],
	['report', 'load-kpis', '--full'],
	['doctor', 'vacuum'],
	['vacuum', 'query', 'sql/analyses/revenue-by-category.sql'],
	['vacuum', 'forget', '--user', forgotten],
	['crawl', 'withdraw', '--batch', '2026-11-20'],
	['stream seal', 'stream', 'replay'],
	['stream replay', 'generate', '--date', '2026-11-21'],
	['stream alarms', 'stream', 'seal'],
	['stocks consume', 'stocks', 'generate'],
	['stocks generate', 'stocks', 'consume'],
	['run', 'generate', '--date', '2026-11-21'],
	['run', 'vacuum'],
	['plan', 'withdraw', '--batch', '2026-11-20'],
	['rollback', 'clean', '--batch', '2026-11-21'],
	['query', 'clean', '--batch', '2026-11-21'],
	['withdraw', 'rebuild'],
	['products seed', 'load-kpis', '--full'],
] as const)('the role of %s does not allow %s', async (step, ...command) => {
	const { code, stderr } = await runAs(step, ...command);
	expect(stderr).toContain('AccessDenied');
	expect(code).toBe(78);
});

test('switched on in place, daily runs start these command lines, and an event of a task that failed is kept', async () => {
	const outputs = await switchOnDailyRuns();
	const schedules = await getAsRoot('scheduler', '/schedules');
	const [{ Name }] = schedules.Schedules;
	const { Target, ScheduleExpression } = await getAsRoot('scheduler', `/schedules/${Name}`);
	expect(ScheduleExpression).toBe('cron(0 3 * * ? *)');
	const commandOf = (flag: string) => life.find(([step, first]) => step === 'run' && first === flag);
	expect(JSON.parse(Target.Input.replace('<aws.scheduler.scheduled-time>', '2026-11-23T03:00:00Z'))).toEqual({
		containerOverrides: [{ name: 'shoplake', command: commandOf('--scheduled-at') }],
	});
	const task = {
		clusterArn: Target.Arn,
		taskDefinitionArn: Target.EcsParameters.TaskDefinitionArn,
		lastStatus: 'STOPPED',
		stopCode: 'EssentialContainerExited',
	};
	const stopped = [
		{ ...task, taskArn: 'done', containers: [{ exitCode: 0 }] },
		{ ...task, taskArn: 'no input', containers: [{ exitCode: 66 }] },
		{ ...task, taskArn: 'never started', stopCode: 'TaskFailedToStart', containers: [{}] },
		{ ...task, taskArn: 'running', lastStatus: 'RUNNING', containers: [{}] },
		{
			...task,
			taskArn: 'other',
			taskDefinitionArn: `${task.taskDefinitionArn}`.replace('-run:', '-clean:'),
			containers: [{ exitCode: 1 }],
		},
	];
	const events = async (action: string, body: object) =>
		JSON.parse(
			await asRoot(
				'events',
				{ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${action}` },
				JSON.stringify(body),
			),
		);
	const { Rules } = await events('ListRules', {});
	const [{ EventPattern, Name: Rule }] = Rules.filter((rule: { EventPattern?: string }) =>
		rule.EventPattern?.includes('shoplake-run'),
	);
	const matched: string[] = [];
	for (const detail of stopped) {
		const Event = JSON.stringify({
			...{ version: '0', id: '1', account: '000000000000', region: 'us-east-1', resources: [] },
			...{ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', time: '2026-11-23T03:01:00Z', detail },
		});
		if ((await events('TestEventPattern', { EventPattern, Event })).Result) matched.push(detail.taskArn);
	}
	expect(matched).toEqual(['no input', 'never started']);
	const { Targets } = await events('ListTargetsByRule', { Rule });
	const failedRuns = outputs.ShoplakeFailedRuns?.split('/').at(-1);
	expect(Targets).toMatchObject([{ Arn: expect.stringMatching(`:${failedRuns}$`) }]);
	expect(Target.DeadLetterConfig).toMatchObject({ Arn: expect.stringMatching(`:${failedRuns}$`) });
});

test('without TLS the lake is closed, even to its own roles', async () => {
	const { environment, credentials } = deployed.get('status') as Deployed;
	const env = { PATH: process.env.PATH, ...environment, ...credentials, AWS_ENDPOINT_URL: aws.endpoint };
	expect(await runCli(env, 'status')).toMatchObject({ code: 78, stderr: expect.stringContaining('AccessDenied') });
});
