import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../../infra/lakehouse-stack';

const assemblies: string[] = [];
afterAll(() => {
	for (const folder of assemblies.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder for the assembly of one app, which is removed after the tests of the file: the CDK would leave its own. */
export function assemblyFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'shoplake-assembly-'));
	assemblies.push(folder);
	return folder;
}

/** A CDK app whose assembly is removed after the tests of the file. */
export const makeApp = (props: AppProps = {}): App => new App({ outdir: assemblyFolder(), ...props });

/** Makes the stack without bundling its functions; lakehouse-stack.test.ts bundles and validates it. */
export function makeStack(props: ConstructorParameters<typeof LakehouseStack>[2] = {}): LakehouseStack {
	process.env.CDK_VALIDATION = 'false';
	const app = makeApp({ context: { 'aws:cdk:bundling-stacks': [] } });
	return new LakehouseStack(app, 'Shoplake', props);
}

/** The stack's template. */
export const synthesize = (props: Parameters<typeof makeStack>[0] = {}): Template =>
	Template.fromStack(makeStack(props));

/** The logical id of the one resource of a type whose construct path, without slashes, begins like this. */
export function findLogicalId(template: Template, type: string, path: string): string {
	const ids = Object.keys(template.findResources(type)).filter((id) => id.startsWith(path));
	if (ids.length !== 1) throw new Error(`${ids.length} resources of type ${type} begin with ${path}`);
	return ids[0] as string;
}

/** The ARN of that resource, as a template refers to it. */
export const findArn = (template: Template, type: string, path: string): { 'Fn::GetAtt': [string, 'Arn'] } => ({
	'Fn::GetAtt': [findLogicalId(template, type, path), 'Arn'],
});

/** The dimension of a metric of this queue. */
export const queueDimension = ({ 'Fn::GetAtt': [id] }: ReturnType<typeof findArn>) => [
	{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } },
];
