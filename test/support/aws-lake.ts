import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createContext, type TaskContext } from '../../tasks/context';

/** What the stack would deploy for one lake, made by hand on the AWS that the environment names. */
export async function deployLake(bucket: string): Promise<NodeJS.ProcessEnv> {
	const s3 = new S3Client({ forcePathStyle: true });
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	await s3.send(new CreateBucketCommand({ Bucket: `${bucket}-results` }));
	await new AthenaClient().send(
		new CreateWorkGroupCommand({
			Name: bucket,
			Configuration: { ResultConfiguration: { OutputLocation: `s3://${bucket}-results/` } },
		}),
	);
	return {
		...process.env,
		SHOPLAKE_BUCKET: bucket,
		SHOPLAKE_DATABASE: 'ecommerce_analytics_db',
		SHOPLAKE_WORKGROUP: bucket,
		SHOPLAKE_MEMORY: '1GiB',
		SHOPLAKE_THREADS: '2',
	};
}

/** The two KPI tables, with the keys that their readers rely on. */
export async function deployKpiTables(dynamodb: DynamoDBClient, prefix = ''): Promise<void> {
	const keys = { CategoryKPIs: ['category', 'order_date'], OrderKPIs: ['order_date'] };
	for (const [name, attributes] of Object.entries(keys)) {
		await dynamodb.send(
			new CreateTableCommand({
				TableName: `${prefix}${name}`,
				BillingMode: 'PAY_PER_REQUEST',
				AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
				KeySchema: attributes.map((AttributeName, index) => ({
					AttributeName,
					KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const),
				})),
			}),
		);
	}
}

/** A task's own context, as the command line makes it; `dispose` after use. */
export function lakeContext(
	task: string,
	env: NodeJS.ProcessEnv,
): { context: TaskContext; dispose: () => Promise<void> } {
	return createContext({ task, verbose: false, signal: new AbortController().signal, env });
}
