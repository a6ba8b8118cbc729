import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Lake } from '../../tasks/lake';
import { S3Store } from '../../tasks/lake/s3-store';
import { goldState, type State, silverState } from '../support/state';

/** What users of a lake see: Silver and Gold of the newest head, and the sorted items of the KPI tables. */
export interface LakeView {
	readonly tables: State;
	readonly items: readonly string[];
}

/** Reads the lake that a task's environment names. */
export async function readView(env: NodeJS.ProcessEnv): Promise<LakeView> {
	const store = openStore(env);
	const dynamodb = new DynamoDBClient({ endpoint: env.AWS_ENDPOINT_URL ?? '' });
	const items: string[] = [];
	for (const TableName of [env.SHOPLAKE_CATEGORY_KPIS_TABLE, env.SHOPLAKE_ORDER_KPIS_TABLE]) {
		for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) {
			items.push(...Items.map((item) => JSON.stringify(Object.entries(item).sort())));
		}
	}
	dynamodb.destroy();
	return { tables: { ...(await silverState(store)), ...(await goldState(store)) }, items: items.sort() };
}

/** The number of the lake's newest head. */
export async function readHead(env: NodeJS.ProcessEnv): Promise<number> {
	return (await new Lake(openStore(env), () => new Date()).newest()).head.number;
}

function openStore(env: NodeJS.ProcessEnv): S3Store {
	const s3 = new S3Client({ forcePathStyle: true, endpoint: env.AWS_ENDPOINT_URL ?? '' });
	return new S3Store(s3, env.SHOPLAKE_BUCKET ?? '');
}
