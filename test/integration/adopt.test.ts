import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CloudFormationClient, DeleteStackCommand, waitUntilStackDeleteComplete } from '@aws-sdk/client-cloudformation';
import {
	DeleteTableCommand,
	DescribeTableCommand,
	DynamoDBClient,
	GetItemCommand,
	PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
	GetBucketNotificationConfigurationCommand,
	GetObjectCommand,
	ListBucketsCommand,
	PutObjectCommand,
	S3Client,
} from '@aws-sdk/client-s3';
import { deployStack } from '../support/deployed-stack';
import { startMiniStack, useEndpoint } from '../support/ministack';

test('a stack that was deleted is made again around the buckets and tables that it left', async () => {
	const aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	const [s3, dynamodb, cloudformation] = [
		new S3Client({ forcePathStyle: true }),
		new DynamoDBClient({}),
		new CloudFormationClient({}),
	];
	try {
		const before = await deployStack(aws.endpoint);
		const head = { Bucket: before.ShoplakeBucket, Key: '_heads/1.json' };
		await s3.send(new PutObjectCommand({ ...head, Body: 'the lake' }));
		const key = { order_date: { S: '2026-11-20' } };
		await dynamodb.send(new PutItemCommand({ TableName: 'OrderKPIs', Item: { ...key, total_orders: { N: '7' } } }));

		await cloudformation.send(new DeleteStackCommand({ StackName: 'Shoplake' }));
		await waitUntilStackDeleteComplete(
			{ client: cloudformation, maxWaitTime: 60, minDelay: 1, maxDelay: 2 },
			{ StackName: 'Shoplake' },
		);
		await dynamodb.send(new DeleteTableCommand({ TableName: 'StockData' }));
		const names = ['--lake', String(before.ShoplakeBucket), '--stocks', String(before.ShoplakeStocksBucket)];
		const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
		const results = Buckets.find(({ Name }) => Name?.includes('queryresults'))?.Name;
		await promisify(execFile)(
			process.execPath,
			['--import', 'tsx', 'infra/bin/adopt.ts', ...names, '--results', String(results)],
			{ env: { ...process.env, CDK_VALIDATION: 'false' } },
		);
		const after = await deployStack(aws.endpoint);
		expect(after.ShoplakeBucket).toBe(before.ShoplakeBucket);
		expect(after.ShoplakeStocksBucket).toBe(before.ShoplakeStocksBucket);
		expect(await (await s3.send(new GetObjectCommand(head))).Body?.transformToString()).toBe('the lake');
		const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'OrderKPIs', Key: key }));
		// One that was gone is created, empty.
		const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'StockData' }));
		expect(Table?.ItemCount).toBe(0);
		expect(Item).toEqual({ ...key, total_orders: { N: '7' } });
		const { QueueConfigurations = [] } = await s3.send(
			new GetBucketNotificationConfigurationCommand({ Bucket: before.ShoplakeBucket }),
		);
		expect(QueueConfigurations.length).toBeGreaterThan(0);
	} finally {
		await aws.stop();
	}
});
