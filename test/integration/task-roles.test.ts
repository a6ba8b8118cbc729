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
		},
		...args,
	);
}

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
	['generate', '--date', '2026-11-20', '--records', '40'],
	['ingest', '--batch', '2026-11-20'],
	['clean', '--batch', '2026-11-20'],
	['generate', '--date', '2026-11-19', '--records', '20'],
	['ingest', '--batch', '2026-11-19'],
	['clean', '--batch', '2026-11-19'],
	['aggregate'],
	['crawl', '--drift'],
	['load-kpis', '--full'],
	['rebuild'],
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
	const [product] = makeCatalogue('1').products;
	await asRoot(
		'dynamodb',
		{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
		JSON.stringify({ TableName: 'Products', Item: { product_id: { S: product?.id } } }),
	);
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
		// Otherwise the right to do so has not been used.
		if (step === 'stream alarms') expect(result.alarms).toEqual([expect.objectContaining({ direction: 'spike' })]);
		if (step === 'stream replay') expect(result).toMatchObject({ replayable: 1, delivered_objects: 1 });
		if (flags.includes('--forecast')) expect(result.forecast).toMatchObject({ updated: 1 });
		if (flags.includes('--drift')) expect(result.removed).toEqual(expect.arrayContaining([expect.any(String)]));
		if (step === 'stocks consume') expect(result).toMatchObject({ files: 50, added: 3000 });
	}
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
	['crawl', 'rollback', '--to', '1'],
	['stream seal', 'stream', 'replay'],
	['stream replay', 'stream', 'seal'],
	['stream alarms', 'stream', 'seal'],
	['stocks consume', 'stocks', 'generate'],
	['stocks generate', 'stocks', 'consume'],
] as const)('the role of %s does not allow %s', async (step, ...command) => {
	const { code, stderr } = await runAs(step, ...command);
	expect(stderr).toContain('AccessDenied');
	expect(code).toBe(78);
});

test('without TLS the lake is closed, even to its own roles', async () => {
	const { environment, credentials } = deployed.get('status') as Deployed;
	const env = { PATH: process.env.PATH, ...environment, ...credentials, AWS_ENDPOINT_URL: aws.endpoint };
	expect(await runCli(env, 'status')).toMatchObject({ code: 78, stderr: expect.stringContaining('AccessDenied') });
});
