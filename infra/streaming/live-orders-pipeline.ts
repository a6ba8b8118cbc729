import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { streams } from '../../tasks/contracts/streams';
import { deadLetterAlarm, errorAlarm } from '../operations/alarms';
import type { Alerts } from '../operations/alerts';
import { closedQueue } from '../operations/closed-queue';
import type { LakeStorage } from '../storage/lake-storage';
import { NodeFunction } from '../tasks/node-function';
import { LakeDelivery } from './lake-delivery';

/** From `OrderTable` to the lake: the table's stream → a Pipe → a Kinesis stream → Firehose with a transform → S3. */
export class LiveOrdersPipeline extends Construct {
	/** One shard: 1,000 changes or 1 MB a second. */
	readonly stream: Stream;
	/** Names the changes that the Pipe has given up. */
	readonly deadLetters: Queue;
	readonly transform: NodeFunction;
	readonly delivery: LakeDelivery;

	/** `pipeState` is `RUNNING` or `STOPPED`. */
	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly lake: LakeStorage;
			readonly alerts: Alerts;
			readonly compression: string;
			readonly table: Table;
			readonly pipeState: string;
		},
	) {
		super(scope, id);
		const { lake, alerts, compression, table, pipeState } = props;
		this.stream = new Stream(this, 'Stream', {
			streamMode: StreamMode.PROVISIONED,
			shardCount: 1,
			retentionPeriod: Duration.hours(24),
			encryption: StreamEncryption.MANAGED,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		this.deadLetters = new Queue(this, 'DeadLetters', closedQueue);
		Validations.of(this.deadLetters).acknowledge({
			id: 'AwsSolutions-SQS3',
			reason: 'It is the dead-letter queue of a Pipe.',
		});
		this.createPipe(table, pipeState);
		this.transform = new NodeFunction(this, 'Transform', {
			handler: 'tasks/lambdas/transform-orders.ts',
			description: 'Transforms changes of OrderTable to lines of Bronze',
			timeout: Duration.minutes(1),
			memoryMiB: 512,
		});
		this.delivery = new LakeDelivery(this, 'Delivery', {
			lake,
			to: streams.live_orders,
			compression,
			// From put to queryable in under a minute: docs/streams.md adds up where the seconds go.
			buffer: { seconds: 15, mebibytes: 5 },
			source: this.stream,
			transform: { by: this.transform, buffer: { seconds: 5, mebibytes: 1 } },
		});
		for (const alarm of [...this.createAlarms(), this.delivery.alarm]) alerts.on(alarm);
	}

	/** Changes of one order share a shard, so they stay in order. */
	private createPipe(table: Table, desiredState: string): void {
		const role = this.createPipeRole(table);
		const log = new LogGroup(this, 'PipeLog', {
			retention: RetentionDays.ONE_MONTH,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		log.grantWrite(role);
		const pipe = new CfnPipe(this, 'Pipe', {
			description: 'Changes of OrderTable to Kinesis',
			desiredState,
			roleArn: role.roleArn,
			source: table.tableStreamArn ?? '',
			sourceParameters: {
				dynamoDbStreamParameters: {
					startingPosition: 'TRIM_HORIZON',
					batchSize: 100,
					maximumBatchingWindowInSeconds: 1,
					// A failed batch is halved and retried for an hour; older changes are named in the dead-letter queue.
					maximumRecordAgeInSeconds: Duration.hours(1).toSeconds(),
					maximumRetryAttempts: -1,
					onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
					deadLetterConfig: { arn: this.deadLetters.queueArn },
				},
			},
			target: this.stream.streamArn,
			targetParameters: { kinesisStreamParameters: { partitionKey: '$.dynamodb.Keys.orderid.S' } },
			logConfiguration: { level: 'ERROR', cloudwatchLogsLogDestination: { logGroupArn: log.logGroupArn } },
		});
		pipe.node.addDependency(role);
	}

	private createPipeRole(table: Table): Role {
		const role = new Role(this, 'PipeRole', {
			description: 'Sends changes of OrderTable to Kinesis',
			assumedBy: new ServicePrincipal('pipes.amazonaws.com', {
				conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
		});
		role.addToPolicy(
			new PolicyStatement({
				actions: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((name) => `dynamodb:${name}`),
				resources: [table.tableStreamArn ?? ''],
			}),
		);
		this.stream.grant(role, 'kinesis:PutRecord', 'kinesis:PutRecords');
		this.deadLetters.grantSendMessages(role);
		return role;
	}

	private createAlarms() {
		return [
			deadLetterAlarm(
				this,
				this.deadLetters,
				'The Pipe has given up changes of OrderTable. The messages in its dead-letter queue say where in the stream they are, for 24 hours.',
			),
			errorAlarm(
				this.transform,
				'The transform of live orders fails as a whole; its log says why. Firehose retries it.',
			),
		];
	}
}
