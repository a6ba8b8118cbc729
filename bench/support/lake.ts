import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { deployKpiTables } from '../../test/support/aws-lake';
import { startMiniStack, useEndpoint } from '../../test/support/ministack';
import { type Measured, measure } from './measure';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** An AWS of the benchmark's own, empty, that keeps nothing. */
export interface BenchAws {
	readonly s3: S3Client;
	/** Makes a bucket for one more lake. */
	lake(bucket: string): Promise<BenchLake>;
	stop(): Promise<void>;
}

/** One lake, worked on by tasks as processes of their own. */
export interface BenchLake {
	readonly env: NodeJS.ProcessEnv;
	/** Runs `shoplake` with these arguments, as its users do. */
	task(...args: readonly string[]): Promise<Measured>;
	/** Rows of a statement. */
	rows(sql: string): Promise<Record<string, string | number>[]>;
	/** Takes away every object of the lake. */
	empty(): Promise<void>;
}

/** Starts the AWS; `settings` are environment variables for all tasks, such as `SHOPLAKE_MEMORY`. */
export async function startAws(settings: NodeJS.ProcessEnv): Promise<BenchAws> {
	const server = await startMiniStack();
	useEndpoint(server.endpoint);
	const s3 = new S3Client({ forcePathStyle: true });
	await deployKpiTables(new DynamoDBClient());
	return {
		s3,
		stop: server.stop,
		lake: async (bucket) => {
			await s3.send(new CreateBucketCommand({ Bucket: bucket }));
			const env = { ...process.env, ...settings, SHOPLAKE_BUCKET: bucket };
			const task = (...args: readonly string[]) => measure('node', [cli, ...args], { env });
			return {
				env,
				task,
				rows: async (sql) => {
					const args = [cli, 'query', '-', '--format', 'json'];
					const { stdout } = await measure('node', args, { env, stdin: sql });
					return JSON.parse(stdout);
				},
				empty: () => empty(s3, bucket),
			};
		},
	};
}

async function empty(s3: S3Client, Bucket: string): Promise<void> {
	for (;;) {
		const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
		if (Contents.length === 0) return;
		await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }));
	}
}
