import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { requestSettings } from '../platform/aws/request-settings';
import { ConfigurationError, InternalError } from '../platform/errors';
import { findProject, projectFile } from '../platform/project-folder';
import { lastOutput } from './last-lines';
import { type Layout, packageFolder } from './layout';
import { connectionTo, credentials, region, withSettings } from './settings';

const run = promisify(execFile);
const stackName = 'Shoplake';
/** Where the CDK uploads templates before it deploys them; on AWS `cdk bootstrap` creates it. */
const assetBucket = `cdk-hnb659fds-assets-000000000000-${region}`;
const completeStatus = /^(CREATE|UPDATE)_COMPLETE$/;
/** The CDK prints a lot when a deployment fails. */
const outputLimit = { maxBuffer: 64 * 1024 ** 2 };

export interface StackState {
	readonly id: string;
	/** CloudFormation's status, such as `CREATE_COMPLETE`. */
	readonly status: string;
	readonly outputs: Readonly<Record<string, string>>;
}

/** The stack in the local AWS; undefined if there is none. */
export async function readStack(endpoint: string): Promise<StackState | undefined> {
	const client = new CloudFormationClient({ ...requestSettings(), endpoint, region, credentials });
	try {
		const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
		return stack && stackState(stack);
	} catch (error) {
		if (/does not exist/.test((error as Error).message)) return undefined;
		throw error;
	} finally {
		client.destroy();
	}
}

/** The image of the tasks that ECS runs locally; it is not pulled. */
const taskImage = () => process.env.SHOPLAKE_IMAGE || 'shoplake:latest';

/** Whether GeneratorLambda generates quotes every minute: `on` or `off`. */
const stockQuotes = () => process.env.SHOPLAKE_STOCK_QUOTES || 'off';

/**
 * Synthesises the CDK app as for AWS, if its sources have changed; resolves to the SHA-256 of the template and its
 * parameters. Throws InternalError if that fails.
 */
export async function synthesise({ program, assembly }: Layout): Promise<string> {
	if (packageFolder(program, 'aws-cdk-lib') === undefined) {
		throw new ConfigurationError(`The CDK is not installed in ${program}: run 'npm ci' there, then retry.`);
	}
	const sources = await readSources(program);
	const synthesisedFrom = join(assembly, 'sources.txt');
	if (!existsSync(synthesisedFrom) || (await readFile(synthesisedFrom, 'utf8')) !== sources) {
		await runApp(program, assembly);
		await writeFile(synthesisedFrom, sources);
	}
	const template = await readFile(join(assembly, `${stackName}.template.json`));
	return createHash('sha256').update(template).update(taskImage()).update(stockQuotes()).digest('hex');
}

/** All sources of a template, with their sizes and modification times. */
async function readSources(program: string): Promise<string> {
	const files = ['package-lock.json', 'cdk.json'].filter((file) => existsSync(join(program, file)));
	for (const folder of ['infra', 'tasks']) {
		const names = await readdir(join(program, folder), { recursive: true });
		files.push(...names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)));
	}
	const project = findProject(process.env);
	if (project !== undefined) files.push(...(await listProjectFiles(project)));
	const lines = files.sort().map(async (file) => {
		const { size, mtimeMs } = await stat(resolve(program, file));
		return `${file} ${size} ${mtimeMs}\n`;
	});
	return (await Promise.all(lines)).join('');
}

/** The files of a project that the template depends on: it has the DynamoDB tables of their contracts. */
async function listProjectFiles(folder: string): Promise<string[]> {
	const contracts = await readdir(join(folder, 'contracts')).catch(() => []);
	return [projectFile, ...contracts.map((name) => join('contracts', name))]
		.map((file) => join(folder, file))
		.filter((file) => existsSync(file));
}

async function runApp(program: string, assembly: string): Promise<void> {
	// The tests and every deployment to AWS validate the template; here that would take three more seconds.
	const project = findProject(process.env);
	const env = {
		...withSettings(process.env, project === undefined ? {} : { SHOPLAKE_PROJECT: project }),
		CDK_OUTDIR: assembly,
		CDK_VALIDATION: 'false',
	};
	await run(process.execPath, ['--import', 'tsx', join('infra', 'bin', 'app.ts')], {
		...outputLimit,
		cwd: program,
		env,
	}).catch((error) => {
		throw new InternalError(`The CDK app in infra/ can't be synthesised: ${lastOutput(error, 6)}`);
	});
}

/** Whether the stack is deployed from this template. */
export async function isDeployed(
	{ deployed }: Layout,
	stack: StackState | undefined,
	template: string,
): Promise<boolean> {
	if (!stack || !completeStatus.test(stack.status) || !existsSync(deployed)) return false;
	const last = JSON.parse(await readFile(deployed, 'utf8')) as { stack: string; template: string };
	return last.stack === stack.id && last.template === template;
}

/** Deploys the output of `synthesise` with the CDK's command line. Throws InternalError with its last output. */
export async function deploy(
	{ program, assembly, deployed }: Layout,
	endpoint: string,
	template: string,
): Promise<StackState> {
	const cdk = join(packageFolder(program, 'aws-cdk') ?? '', 'bin', 'cdk');
	const flags = ['--app', assembly, '--require-approval', 'never', '--method', 'direct', '--no-notices', '--ci'];
	// Pipes of MiniStack don't reach Kinesis: `orders relay` takes their place.
	const parameters = [
		`TaskImage=${taskImage()}`,
		'LiveOrders=relayed',
		'EventsAuthorization=NONE',
		`StockQuotes=${stockQuotes()}`,
	];
	await makeAssetBucket(endpoint);
	await run(
		process.execPath,
		[cdk, 'deploy', stackName, ...flags, ...parameters.flatMap((one) => ['--parameters', one])],
		{
			...outputLimit,
			cwd: program,
			env: withSettings(process.env, {
				...connectionTo(endpoint),
				CDK_DISABLE_CLI_TELEMETRY: 'true',
				NO_PROXY: new URL(endpoint).hostname,
			}),
		},
	).catch((error) => {
		throw new InternalError(
			`The CDK can't deploy the stack to the local AWS; 'shoplake local reset' starts over. It said: ${lastOutput(error, 6)}`,
		);
	});
	const stack = await readStack(endpoint);
	if (!stack || !completeStatus.test(stack.status)) {
		throw new InternalError(`The stack is ${stack?.status ?? 'missing'} after its deployment to the local AWS.`);
	}
	await writeFile(deployed, `${JSON.stringify({ stack: stack.id, template })}\n`);
	return stack;
}

/** The only part of `cdk bootstrap` that the deployment needs, in a hundredth of the time. */
async function makeAssetBucket(endpoint: string): Promise<void> {
	const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
	const client = new S3Client({ ...requestSettings(), endpoint, region, credentials, forcePathStyle: true });
	try {
		await client.send(new CreateBucketCommand({ Bucket: assetBucket }));
	} catch (error) {
		if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
	} finally {
		client.destroy();
	}
}

const stackState = ({ StackId = '', StackStatus, Outputs = [] }: Stack): StackState => ({
	id: StackId,
	status: StackStatus ?? '',
	outputs: Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
});
