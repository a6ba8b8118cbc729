import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { createContext, type TaskContext } from '../../tasks/context';
import { Lake, type Ledger } from '../../tasks/lake';
import { S3Store } from '../../tasks/lake/s3-store';
import { readGold, readSilver, type State } from './state';

/** A lake on an emulator of AWS with all that belongs to it, and what its users see. */
export interface AwsLake {
	readonly bucket: string;
	/** The environment of a task on this lake. */
	readonly env: NodeJS.ProcessEnv;
	/** Silver, orphans, labels and Gold of the newest head. */
	tables(): Promise<State>;
	/** The items of both KPI tables as `table key: attribute=value …`, in order. */
	items(): Promise<string[]>;
	/** The ETags of the objects under a prefix, by key. */
	objects(prefix?: string): Promise<Record<string, string>>;
	/** How many heads the lake has. */
	heads(): Promise<number>;
}

/**
 * Makes a lake on the AWS that the environment names, with a bucket, KPI tables, a workgroup and the name of a Glue
 * database of its own: `name` tells it from other lakes on the same AWS.
 */
export async function createAwsLake(name: string): Promise<AwsLake> {
	const own = await deployLake(`lake-${name}`);
	await deployKpiTables(new DynamoDBClient(), `${name}-`);
	return openAwsLake({
		...own,
		SHOPLAKE_DATABASE: name === 'main' ? 'ecommerce_analytics_db' : `ecommerce_${name}`,
		SHOPLAKE_CATEGORY_KPIS_TABLE: `${name}-CategoryKPIs`,
		SHOPLAKE_ORDER_KPIS_TABLE: `${name}-OrderKPIs`,
	});
}

/** The lake that the environment of a task names, on the AWS that it names. */
export function openAwsLake(env: NodeJS.ProcessEnv): AwsLake {
	const bucket = env.SHOPLAKE_BUCKET ?? '';
	const s3 = openS3(env);
	const store = new S3Store(s3, bucket);
	const objects = async (Prefix = '') => {
		const found: Record<string, string> = {};
		for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix })) {
			for (const { Key = '', ETag = '' } of Contents) found[Key] = ETag;
		}
		return found;
	};
	return {
		bucket,
		env,
		tables: async () => ({ ...(await readSilver(store)), ...(await readGold(store)) }),
		items: () => listKpiItems(env),
		objects,
		heads: async () => Object.keys(await objects('_heads/')).length,
	};
}

/** The newest state of the lake that a task's environment names. */
const readNewest = (env: NodeJS.ProcessEnv) =>
	new Lake(new S3Store(openS3(env), env.SHOPLAKE_BUCKET ?? ''), () => new Date()).newest();

/** The number of its head. */
export const readHead = async (env: NodeJS.ProcessEnv): Promise<number> => (await readNewest(env)).head.number;

/** The batches that it knows. */
export const readLedger = async (env: NodeJS.ProcessEnv): Promise<Ledger> => (await readNewest(env)).ledger();

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

/** The items of both KPI tables as `table key: attribute=value …`, in order. */
async function listKpiItems(env: NodeJS.ProcessEnv): Promise<string[]> {
	const endpoint = env.AWS_ENDPOINT_URL_DYNAMODB ?? env.AWS_ENDPOINT_URL;
	const dynamodb = new DynamoDBClient(endpoint ? { endpoint } : {});
	const tables = { CategoryKPIs: env.SHOPLAKE_CATEGORY_KPIS_TABLE, OrderKPIs: env.SHOPLAKE_ORDER_KPIS_TABLE };
	const lines: string[] = [];
	for (const [table, TableName] of Object.entries(tables)) {
		for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) {
			for (const { category, order_date, ...figures } of Items) {
				const key = [order_date?.S, category?.S].filter(Boolean).join(' ');
				const values = Object.keys(figures).sort();
				lines.push(`${table} ${key}: ${values.map((figure) => `${figure}=${figures[figure]?.N}`).join(' ')}`);
			}
		}
	}
	dynamodb.destroy();
	return lines.sort();
}

const openS3 = ({ AWS_ENDPOINT_URL: endpoint }: NodeJS.ProcessEnv) =>
	new S3Client({ forcePathStyle: true, ...(endpoint ? { endpoint } : {}) });

/** A task's own context, as the command line makes it; `dispose` after use. */
export function lakeContext(
	task: string,
	env: NodeJS.ProcessEnv,
): { context: TaskContext; dispose: () => Promise<void> } {
	return createContext({ task, verbose: false, signal: new AbortController().signal, env });
}
