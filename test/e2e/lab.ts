import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { S3Store } from '../../tasks/lake/s3-store';
import { deployKpiTables, deployLake } from '../support/aws-lake';
import { buildCli } from '../support/cli';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';
import { goldState, type State, silverState } from '../support/state';

/** One lake with everything that belongs to it, and what a user of each of its doors sees. */
export interface Lab {
	/** The environment of a task on this lake. */
	readonly env: NodeJS.ProcessEnv;
	readonly bucket: string;
	/** Silver, orphans, labels, and Gold of the newest head. */
	tables(): Promise<State>;
	/** The items of both KPI tables as `table key: attribute=value …`, in order. */
	items(): Promise<string[]>;
	/** The objects under a prefix, with their ETags, by key. */
	objects(prefix?: string): Promise<Record<string, string>>;
	/** How many heads the lake has. */
	heads(): Promise<number>;
}

/** An AWS of the test file's own, and the command line as it stands in the sources. */
export async function startAws(): Promise<Server> {
	await buildCli();
	const aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	return aws;
}

/** A lake with its bucket, KPI tables and Glue database; `name` tells it from others on the same AWS. */
export async function makeLab(name: string): Promise<Lab> {
	const s3 = new S3Client({ forcePathStyle: true });
	const dynamodb = new DynamoDBClient();
	const bucket = `lake-${name}`;
	const own = await deployLake(bucket);
	await deployKpiTables(dynamodb, `${name}-`);
	const store = new S3Store(s3, bucket);
	const tableNames = ['CategoryKPIs', 'OrderKPIs'];
	const objects = async (prefix = '') => {
		const found: Record<string, string> = {};
		for (let token: string | undefined, first = true; first || token; first = false) {
			const page = await s3.send(
				new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token ? { ContinuationToken: token } : {}) }),
			);
			for (const { Key = '', ETag = '' } of page.Contents ?? []) found[Key] = ETag;
			token = page.NextContinuationToken;
		}
		return found;
	};
	return {
		bucket,
		env: {
			...own,
			SHOPLAKE_DATABASE: name === 'main' ? 'ecommerce_analytics_db' : `ecommerce_${name}`,
			SHOPLAKE_CATEGORY_KPIS_TABLE: `${name}-CategoryKPIs`,
			SHOPLAKE_ORDER_KPIS_TABLE: `${name}-OrderKPIs`,
		},
		tables: async () => ({ ...(await silverState(store)), ...(await goldState(store)) }),
		items: async () => {
			const lines: string[] = [];
			for (const table of tableNames) {
				for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: `${name}-${table}` })) {
					for (const { category, order_date, ...figures } of Items) {
						const key = [order_date?.S, category?.S].filter(Boolean).join(' ');
						const values = Object.keys(figures)
							.sort()
							.map((figure) => `${figure}=${figures[figure]?.N}`);
						lines.push(`${table} ${key}: ${values.join(' ')}`);
					}
				}
			}
			return lines.sort();
		},
		objects,
		heads: async () => Object.keys(await objects('_heads/')).length,
	};
}
