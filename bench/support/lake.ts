import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { deployKpiTables } from '../../test/support/aws-lake';
import { type Measured, measure } from '../../test/support/measure';
import { startMiniStack, useEndpoint } from '../../test/support/ministack';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** The benchmark's own AWS: it starts empty and is deleted afterwards. */
export interface BenchAws {
	readonly s3: S3Client;
	/** Creates a lake with its own database and KPI tables. */
	lake(name: string): Promise<BenchLake>;
	stop(): Promise<void>;
}

/** A lake whose tasks run as separate processes. */
export interface BenchLake {
	readonly bucket: string;
	readonly env: NodeJS.ProcessEnv;
	/** Runs `shoplake` with these arguments, as its users do. */
	task(...args: readonly string[]): Promise<Measured>;
	/** Rows of a statement. */
	rows(sql: string): Promise<Record<string, string | number>[]>;
	/** Deletes every object of the lake. */
	empty(): Promise<void>;
}

/** Starts the AWS; `settings` are environment variables for all tasks, such as `SHOPLAKE_MEMORY`. */
export async function startAws(settings: NodeJS.ProcessEnv = {}): Promise<BenchAws> {
	const server = await startMiniStack();
	useEndpoint(server.endpoint);
	const s3 = new S3Client({ forcePathStyle: true });
	return { s3, stop: server.stop, lake: (name) => makeLake(s3, name, settings) };
}

async function makeLake(s3: S3Client, bucket: string, settings: NodeJS.ProcessEnv): Promise<BenchLake> {
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	await deployKpiTables(new DynamoDBClient(), `${bucket}-`);
	const env = {
		...process.env,
		SHOPLAKE_BUCKET: bucket,
		SHOPLAKE_DATABASE: bucket.replaceAll('-', '_'),
		SHOPLAKE_CATEGORY_KPIS_TABLE: `${bucket}-CategoryKPIs`,
		SHOPLAKE_ORDER_KPIS_TABLE: `${bucket}-OrderKPIs`,
		...settings,
	};
	const task = (...args: readonly string[]) => measure('node', [cli, ...args], { env });
	return {
		bucket,
		env,
		task,
		rows: async (sql) => {
			const folder = await mkdtemp(join(tmpdir(), 'bench-query-'));
			try {
				await writeFile(join(folder, 'query.sql'), sql);
				return JSON.parse((await task('query', join(folder, 'query.sql'), '--format', 'json')).stdout);
			} finally {
				await rm(folder, { recursive: true });
			}
		},
		empty: () => empty(s3, bucket),
	};
}

async function empty(s3: S3Client, Bucket: string): Promise<void> {
	for (;;) {
		const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
		if (Contents.length === 0) return;
		await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }));
	}
}
