import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { ConfigurationError, InternalError } from '../shared/errors';
import { lastLines } from './last-lines';
import type { Layout } from './layout';
import { connectionTo, credentials, region, withSettings } from './settings';

const run = promisify(execFile);
const stackName = 'Shoplake';
const whole = /^(CREATE|UPDATE)_COMPLETE$/;
/** The CDK says much when a deployment fails. */
const outputLimit = { maxBuffer: 64 * 1024 ** 2 };

export interface StackState {
	readonly id: string;
	/** As CloudFormation has it: `CREATE_COMPLETE`. */
	readonly status: string;
	readonly outputs: Readonly<Record<string, string>>;
}

/** The stack as the local AWS has it; undefined where it has none. */
export async function stackAt(endpoint: string): Promise<StackState | undefined> {
	const client = new CloudFormationClient({ endpoint, region, credentials });
	try {
		const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
		return stack && stateOf(stack);
	} catch (error) {
		if (/does not exist/.test((error as Error).message)) return undefined;
		throw error;
	} finally {
		client.destroy();
	}
}

/** Synthesises the CDK app as for AWS; resolves to the SHA-256 of the template. Throws InternalError where that fails. */
export async function synthesise({ program, assembly }: Layout): Promise<string> {
	if (!existsSync(join(program, 'node_modules', 'aws-cdk-lib'))) {
		throw new ConfigurationError(`The CDK is not installed in ${program}: run 'npm ci' there, then try again.`);
	}
	// The template is validated by the tests and by any deployment to AWS; here it would take three more seconds.
	const env = { ...withSettings(process.env, {}), CDK_OUTDIR: assembly, CDK_VALIDATION: 'false' };
	await run(process.execPath, ['--import', 'tsx', join('infra', 'bin', 'app.ts')], {
		...outputLimit,
		cwd: program,
		env,
	}).catch((error) => {
		throw new InternalError(`The CDK app in infra/ can't be synthesised: ${lastLines(error, 6)}`);
	});
	const template = await readFile(join(assembly, `${stackName}.template.json`));
	return createHash('sha256').update(template).digest('hex');
}

/** Whether the stack stands, made from this template. */
export async function isDeployed(
	{ deployed }: Layout,
	stack: StackState | undefined,
	template: string,
): Promise<boolean> {
	if (!stack || !whole.test(stack.status) || !existsSync(deployed)) return false;
	const last = JSON.parse(await readFile(deployed, 'utf8')) as { stack: string; template: string };
	return last.stack === stack.id && last.template === template;
}

/** Deploys what `synthesise` made, by the CDK's own command line. Throws InternalError with what that said last. */
export async function deploy(
	{ program, assembly, deployed }: Layout,
	endpoint: string,
	template: string,
): Promise<StackState> {
	const cdk = join(program, 'node_modules', 'aws-cdk', 'bin', 'cdk');
	const flags = ['--app', assembly, '--require-approval', 'never', '--method', 'direct', '--no-notices', '--ci'];
	await run(process.execPath, [cdk, 'deploy', stackName, ...flags], {
		...outputLimit,
		cwd: program,
		env: withSettings(process.env, {
			...connectionTo(endpoint),
			CDK_DISABLE_CLI_TELEMETRY: 'true',
			NO_PROXY: '127.0.0.1',
		}),
	}).catch((error) => {
		throw new InternalError(
			`The CDK can't deploy the stack to the local AWS; 'shoplake local reset' begins anew. It said: ${lastLines(error, 6)}`,
		);
	});
	const stack = await stackAt(endpoint);
	if (!stack || !whole.test(stack.status)) {
		throw new InternalError(`The stack is ${stack?.status ?? 'missing'} after its deployment to the local AWS.`);
	}
	await writeFile(deployed, `${JSON.stringify({ stack: stack.id, template })}\n`);
	return stack;
}

const stateOf = ({ StackId = '', StackStatus, Outputs = [] }: Stack): StackState => ({
	id: StackId,
	status: StackStatus ?? '',
	outputs: Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
});
