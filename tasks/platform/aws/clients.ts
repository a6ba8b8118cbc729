import type { AthenaClient } from '@aws-sdk/client-athena';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { noteRequest } from '../failure';
import { once } from '../once';
import { RequestMeter } from './cost';
import { requestSettings, type Timeouts } from './request-settings';

/** The AWS clients of a task, each created on first use, all metered. */
export interface Aws {
	s3(): Promise<S3Client>;
	glue(): Promise<GlueClient>;
	athena(): Promise<AthenaClient>;
	dynamodb(): Promise<DynamoDBClient>;
	/** Does not retry: the caller knows which records to send again. */
	firehose(): Promise<FirehoseClient>;
	sqs(): Promise<SQSClient>;
	sns(): Promise<SNSClient>;
	cloudwatch(): Promise<CloudWatchClient>;
	kinesis(): Promise<KinesisClient>;
	dynamodbStreams(): Promise<DynamoDBStreamsClient>;
	readonly meter: RequestMeter;
}

type Next<A> = (args: A) => Promise<unknown>;
interface Instrumented {
	middlewareStack: {
		add(middleware: unknown, options: { step: 'initialize'; name: string; priority: 'low' }): void;
		add(middleware: unknown, options: { step: 'finalizeRequest'; name: string; priority: 'low' }): void;
	};
}

/**
 * Creates clients with the SDK's own configuration (region, credentials and endpoint from the environment) and
 * `requestSettings`; only Firehose's does not retry. Every try is metered, because every try is billed. An error carries
 * the name of its request.
 */
export function createAws(timeouts?: Timeouts): Aws {
	// The SDK's warning about future Node versions would appear between a task's log lines.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
	const meter = new RequestMeter();
	const instrumented = <C extends Instrumented>(client: C): C => {
		const count =
			<A>(next: Next<A>, context: { clientName?: string; commandName?: string }) =>
			(args: A) => {
				meter.count(...operationName(context));
				return next(args);
			};
		const name =
			<A extends { input: object }>(next: Next<A>, context: { clientName?: string; commandName?: string }) =>
			(args: A) =>
				next(args).catch((error) => {
					noteRequest(error, [...operationName(context), describePlace(args.input)].filter(Boolean).join(' '));
					throw error;
				});
		client.middlewareStack.add(count, { step: 'finalizeRequest', name: 'meter', priority: 'low' });
		client.middlewareStack.add(name, { step: 'initialize', name: 'nameRequest', priority: 'low' });
		return client;
	};
	const settings = requestSettings(timeouts);
	return {
		meter,
		s3: once(async () => {
			const { S3Client } = await import('@aws-sdk/client-s3');
			// A local endpoint has no host name for each bucket.
			return instrumented(new S3Client({ ...settings, forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }));
		}),
		glue: once(async () => instrumented(new (await import('@aws-sdk/client-glue')).GlueClient(settings))),
		athena: once(async () => instrumented(new (await import('@aws-sdk/client-athena')).AthenaClient(settings))),
		dynamodb: once(async () => instrumented(new (await import('@aws-sdk/client-dynamodb')).DynamoDBClient(settings))),
		firehose: once(async () => {
			const { FirehoseClient } = await import('@aws-sdk/client-firehose');
			// The sender waits for the answer, so the time-out is shorter.
			const requestHandler = { ...settings.requestHandler, requestTimeout: 30_000, throwOnRequestTimeout: true };
			return instrumented(new FirehoseClient({ ...settings, maxAttempts: 1, requestHandler }));
		}),
		sqs: once(async () => {
			const { SQSClient } = await import('@aws-sdk/client-sqs');
			// An emulator's queue URL may name a host that can't be reached from here.
			const useQueueUrlAsEndpoint = process.env.AWS_ENDPOINT_URL === undefined;
			return instrumented(new SQSClient({ ...settings, useQueueUrlAsEndpoint }));
		}),
		sns: once(async () => instrumented(new (await import('@aws-sdk/client-sns')).SNSClient(settings))),
		cloudwatch: once(async () =>
			instrumented(new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(settings)),
		),
		kinesis: once(async () => {
			const [{ KinesisClient }, { NodeHttpHandler }] = await Promise.all([
				import('@aws-sdk/client-kinesis'),
				import('@smithy/node-http-handler'),
			]);
			// By default it speaks HTTP/2, which an emulator's HTTP endpoint does not.
			const requestHandler = new NodeHttpHandler(settings.requestHandler);
			return instrumented(new KinesisClient({ ...settings, requestHandler }));
		}),
		dynamodbStreams: once(async () =>
			instrumented(new (await import('@aws-sdk/client-dynamodb-streams')).DynamoDBStreamsClient(settings)),
		),
	};
}

/** Service and operation as the SDK names them: `S3`, `GetObject`. */
function operationName({ clientName = '', commandName = '' }: { clientName?: string; commandName?: string }) {
	return [clientName.replace(/Client$/, ''), commandName.replace(/Command$/, '')] as const;
}

/** The request fields that name a resource, the most specific first. */
const resourceFields = [
	...['TableName', 'StreamName', 'DeliveryStreamName', 'QueueUrl', 'TopicArn', 'StreamArn', 'WorkGroup'],
	...['DatabaseName', 'Name', 'Namespace'],
] as const;

/** The resource of a request: an object, a table, a queue. */
function describePlace(input: object): string {
	const given = input as Readonly<Record<string, unknown>>;
	if (typeof given.Bucket === 'string') return `s3://${given.Bucket}/${given.Key ?? given.Prefix ?? ''}`;
	const field = resourceFields.find((name) => typeof given[name] === 'string');
	return field === undefined ? '' : String(given[field]);
}
