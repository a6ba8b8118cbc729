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
import { RequestMeter } from './cost';

/** The AWS clients of a task, each made when first asked for, all metered. */
export interface Aws {
	s3(): Promise<S3Client>;
	glue(): Promise<GlueClient>;
	athena(): Promise<AthenaClient>;
	dynamodb(): Promise<DynamoDBClient>;
	/** Tries once: whoever sends knows which records to send again. */
	firehose(): Promise<FirehoseClient>;
	sqs(): Promise<SQSClient>;
	sns(): Promise<SNSClient>;
	cloudwatch(): Promise<CloudWatchClient>;
	kinesis(): Promise<KinesisClient>;
	dynamodbStreams(): Promise<DynamoDBStreamsClient>;
	readonly meter: RequestMeter;
}

interface Metered {
	middlewareStack: {
		add(middleware: unknown, options: { step: 'finalizeRequest'; name: string; priority: 'low' }): void;
	};
}

/**
 * Clients by the SDK's own configuration (region, credentials and endpoint from the environment).
 * Each request is retried up to 5 times, but Firehose's; every try is metered, because every try is billed.
 */
export function createAws(): Aws {
	// The SDK's word about future Node versions would stand between a task's log lines.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
	const meter = new RequestMeter();
	const metered = <C extends Metered>(client: C): C => {
		const middleware =
			<A>(next: (args: A) => Promise<unknown>, context: { clientName?: string; commandName?: string }) =>
			(args: A) => {
				meter.count(
					(context.clientName ?? '').replace(/Client$/, ''),
					(context.commandName ?? '').replace(/Command$/, ''),
				);
				return next(args);
			};
		client.middlewareStack.add(middleware, { step: 'finalizeRequest', name: 'meter', priority: 'low' });
		return client;
	};
	const once = <C>(make: () => Promise<C>) => {
		let made: Promise<C> | undefined;
		return () => {
			made ??= make();
			return made;
		};
	};
	const settings = { maxAttempts: 5 };
	return {
		meter,
		s3: once(async () => {
			const { S3Client } = await import('@aws-sdk/client-s3');
			// A local endpoint has no host name for each bucket.
			return metered(new S3Client({ ...settings, forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }));
		}),
		glue: once(async () => metered(new (await import('@aws-sdk/client-glue')).GlueClient(settings))),
		athena: once(async () => metered(new (await import('@aws-sdk/client-athena')).AthenaClient(settings))),
		dynamodb: once(async () => metered(new (await import('@aws-sdk/client-dynamodb')).DynamoDBClient(settings))),
		firehose: once(async () => {
			const { FirehoseClient } = await import('@aws-sdk/client-firehose');
			// A connection on which nothing comes back must not hold a producer up for ever.
			const requestHandler = { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true };
			return metered(new FirehoseClient({ maxAttempts: 1, requestHandler }));
		}),
		sqs: once(async () => {
			const { SQSClient } = await import('@aws-sdk/client-sqs');
			// An emulator's URL of a queue may name a host that is not the one by which it is reached.
			return metered(new SQSClient({ ...settings, useQueueUrlAsEndpoint: process.env.AWS_ENDPOINT_URL === undefined }));
		}),
		sns: once(async () => metered(new (await import('@aws-sdk/client-sns')).SNSClient(settings))),
		cloudwatch: once(async () => metered(new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(settings))),
		kinesis: once(async () => {
			const [{ KinesisClient }, { NodeHttpHandler }] = await Promise.all([
				import('@aws-sdk/client-kinesis'),
				import('@smithy/node-http-handler'),
			]);
			// By default it speaks HTTP/2, which an emulator's plain endpoint does not.
			return metered(new KinesisClient({ ...settings, requestHandler: new NodeHttpHandler() }));
		}),
		dynamodbStreams: once(async () =>
			metered(new (await import('@aws-sdk/client-dynamodb-streams')).DynamoDBStreamsClient(settings)),
		),
	};
}
