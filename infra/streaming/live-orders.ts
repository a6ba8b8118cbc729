import {
	Aws,
	CfnCondition,
	CfnParameter,
	CfnResource,
	Duration,
	Fn,
	RemovalPolicy,
	Token,
	Validations,
} from 'aws-cdk-lib';
import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { StreamViewType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { streams } from '../../tasks/contracts/streams';
import type { Alerts } from '../operations/alerts';
import { closedQueue } from '../operations/closed-queue';
import { onDemandTable } from '../serving/on-demand-table';
import type { LakeStorage } from '../storage/lake-storage';
import { NodeFunction } from '../tasks/node-function';
import { LakeDelivery } from './lake-delivery';

/**
 * `OrderTable`, and the way of its changes into the lake: its stream → a Pipe → a Kinesis stream → Firehose, which has
 * them transformed → S3. The way costs by the hour (a shard), so it is there only where the deployment says so by its
 * parameter `LiveOrders`.
 *
 * @example
 * const liveOrders = new LiveOrders(this, 'LiveOrders', { lake, alerts, compression: 'UNCOMPRESSED' });
 */
export class LiveOrders extends Construct {
	/** The newest state of each order; every change of it is in its stream for 24 hours. */
	readonly table: Table;
	readonly way: LiveOrdersWay;
	/** Whether the way is there. */
	readonly isOn: CfnCondition;

	constructor(
		scope: Construct,
		id: string,
		props: { readonly lake: LakeStorage; readonly alerts: Alerts; readonly compression: string },
	) {
		super(scope, id);
		this.table = onDemandTable(this, 'OrderTable', {
			partitionKey: 'orderid',
			stream: StreamViewType.NEW_AND_OLD_IMAGES,
		});
		const wanted = new CfnParameter(this, 'LiveOrders', {
			description:
				'Whether changes of OrderTable go into the lake, which costs by the hour; relayed: they do, but something else than the Pipe takes them to Kinesis',
			allowedValues: ['off', 'on', 'relayed'],
			default: 'off',
		});
		wanted.overrideLogicalId('LiveOrders');
		this.isOn = new CfnCondition(this, 'IsOn', {
			expression: Fn.conditionNot(Fn.conditionEquals(wanted.valueAsString, 'off')),
		});
		const isRelayed = new CfnCondition(this, 'IsRelayed', {
			expression: Fn.conditionEquals(wanted.valueAsString, 'relayed'),
		});
		const pipeState = Token.asString(Fn.conditionIf(isRelayed.logicalId, 'STOPPED', 'RUNNING'));
		this.way = new LiveOrdersWay(this, 'Way', { ...props, table: this.table, pipeState });
		for (const resource of this.way.node.findAll().filter(CfnResource.isCfnResource)) {
			resource.cfnOptions.condition = this.isOn;
		}
	}
}

/** All that is between the table and the lake. */
class LiveOrdersWay extends Construct {
	/** One shard: 1,000 changes or 1 MB a second. */
	readonly stream: Stream;
	/** Says which changes the Pipe has given up. */
	readonly deadLetters: Queue;
	readonly transform: NodeFunction;
	readonly delivery: LakeDelivery;

	constructor(
		scope: Construct,
		id: string,
		{
			lake,
			alerts,
			compression,
			table,
			pipeState,
		}: {
			readonly lake: LakeStorage;
			readonly alerts: Alerts;
			readonly compression: string;
			readonly table: Table;
			readonly pipeState: string;
		},
	) {
		super(scope, id);
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
		this.pipe(table, pipeState);
		this.transform = new NodeFunction(this, 'Transform', {
			handler: 'tasks/lambdas/transform-orders.ts',
			description: 'Makes changes of OrderTable lines of Bronze',
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
		for (const alarm of [...this.alarms(), this.delivery.alarm]) alerts.on(alarm);
	}

	/** The changes of an order stay in their order: they share a shard. */
	private pipe(table: Table, desiredState: string): void {
		const role = new Role(this, 'PipeRole', {
			description: 'Takes changes of OrderTable to Kinesis',
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
					// For an hour it insists, halving the batch in which something fails; what is older is named in the queue.
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

	private alarms(): Alarm[] {
		const atOnce = { threshold: 1, evaluationPeriods: 1, treatMissingData: TreatMissingData.NOT_BREACHING };
		const period = Duration.minutes(5);
		return [
			new Alarm(this, 'GivenUp', {
				alarmDescription:
					'The Pipe has given up changes of OrderTable. The messages of its dead-letter queue say where they are in the stream, for 24 hours.',
				metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
				...atOnce,
			}),
			new Alarm(this, 'TransformFails', {
				alarmDescription: 'The transformation of live orders fails as a whole; its log says why. Firehose tries again.',
				metric: this.transform.lambda.metricErrors({ period }),
				...atOnce,
			}),
		];
	}
}
