import { CloudFormationClient, UpdateStackCommand, waitUntilStackUpdateComplete } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { planAdoption } from '../../../infra/adoption';
import { importResources } from '../../../infra/import-resources';
import { stackName } from '../../../infra/stack-name';
import { restoreState } from './aws-state';
import type { Release, Template } from './fixture';

const often = { minDelay: 1, maxDelay: 2, maxWaitTime: 300 };
const Capabilities = ['CAPABILITY_IAM' as const];

/**
 * Brings the AWS of the environment to where the release left it: its stack, its lake, its tables in Glue and DynamoDB. The
 * code of its functions is missing.
 */
export async function deployRelease({ template, bucket, state }: Release): Promise<void> {
	const client = new CloudFormationClient({});
	await importBucket(client, template, bucket);
	await client.send(
		new UpdateStackCommand({
			StackName: stackName,
			TemplateURL: await uploadTemplate(template),
			Parameters: [{ ParameterKey: 'LiveOrders', ParameterValue: 'relayed' }],
			Capabilities,
		}),
	);
	await waitUntilStackUpdateComplete({ client, ...often }, { StackName: stackName });
	await restoreState(state, { bucket, database: 'ecommerce_analytics_db' });
}

/** A template of this size doesn't fit into a request. Resolves to its URL. */
async function uploadTemplate(template: Template): Promise<string> {
	const [Bucket, Key] = ['templates-of-releases', 'release.json'];
	const s3 = new S3Client({ forcePathStyle: true });
	await s3.send(new CreateBucketCommand({ Bucket }));
	await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(template) }));
	return `${process.env.AWS_ENDPOINT_URL}/${Bucket}/${Key}`;
}

/** Begins the stack with the lake's bucket, because the lake names it: CloudFormation would choose another name. */
async function importBucket(client: CloudFormationClient, { Resources }: Template, bucket: string): Promise<void> {
	await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
	const [lake] = Object.entries(Resources).filter(
		([id, { Type }]) => Type === 'AWS::S3::Bucket' && /^LakeBucket/.test(id),
	);
	if (lake === undefined) throw new Error('The template of the release has no bucket of the lake.');
	const [id, { Properties = {}, ...resource }] = lake;
	const onlyBucket = { Resources: { [id]: { ...resource, Properties } } };
	await importResources(client, planAdoption(onlyBucket, { lake: bucket, tables: [] }));
}
