import { CfnCondition, CfnParameter, Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type CfnRule, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alerts } from '../operations/alerts';
import { atOnce, closedQueue, maxReceives, peak } from '../operations/closed-queue';
import { announceObjects, closedBucket } from '../storage/lake-storage';
import { NodeFunction } from '../tasks/node-function';
import { acknowledgeWildcards } from '../tasks/wildcards';

const consumerTimeout = Duration.seconds(30);
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times the function's time-out. */
const visibilityTimeout = Duration.seconds(6 * consumerTimeout.toSeconds());
/** So many consumers at once: 50 files a minute need one; a day's backlog is taken in minutes, and the table is spared. */
const mostConsumers = 5;
const sum = { period: Duration.minutes(5), statistic: 'Sum' };

/**
 * Quotes of stocks, from files to a table: `GeneratorLambda` writes files into a bucket every minute (where the
 * deployment asks for it), S3 tells the queue `StockQueue`, `ConsumerLambda` takes what the queue holds into `StockData`.
 *
 * @example
 * const market = new MarketData(this, 'Market', { alerts, table: serving.stockData });
 * market.grantConsume(taskRole);
 */
export class MarketData extends Construct {
	/** The files, under `stocks/`, and what is wrong with some of them, under `rejected/`. Every version of a file is kept. */
	readonly bucket: Bucket;
	/** A message a file, until it is in the table. */
	readonly queue: Queue;
	/** Messages that came five times and were never done with. */
	readonly deadLetters: Queue;
	readonly generator: NodeFunction;
	readonly consumer: NodeFunction;
	/** That files can't be read, wait too long, or that a function fails. */
	readonly alarms: readonly Alarm[];
	private readonly table: Table;

	constructor(scope: Construct, id: string, { alerts, table }: { readonly alerts: Alerts; readonly table: Table }) {
		super(scope, id);
		this.table = table;
		this.deadLetters = new Queue(this, 'DeadLetters', closedQueue);
		this.queue = new Queue(this, 'Queue', {
			...closedQueue,
			queueName: 'StockQueue',
			receiveMessageWaitTime: Duration.seconds(20),
			visibilityTimeout,
			deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
		});
		this.bucket = this.makeBucket();
		this.generator = this.makeGenerator();
		this.consumer = this.makeConsumer();
		this.alarms = [this.areUnreadable(), this.waitTooLong(), this.fails(this.generator), this.fails(this.consumer)];
		for (const alarm of this.alarms) alerts.on(alarm);
	}

	/** Lets a role write files of quotes. */
	grantGenerate(role: Role): void {
		this.grantObjects(role, ['s3:PutObject'], 'stocks/*');
	}

	/** Lets a role take messages, read the files that they tell of, set bad rows aside, and write to the table. */
	grantConsume(role: Role): void {
		this.queue.grantConsumeMessages(role);
		this.grantRead(role);
		this.grantObjects(role, ['s3:PutObject'], 'rejected/*');
		role.addToPolicy(
			new PolicyStatement({
				actions: ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
				resources: [this.table.tableArn],
			}),
		);
	}

	private grantRead(role: Role): void {
		this.grantObjects(role, ['s3:GetObject', 's3:GetObjectVersion'], 'stocks/*');
		role.addToPolicy(
			new PolicyStatement({
				// S3 says that an object is not there only to who may list the bucket.
				actions: ['s3:ListBucket', 's3:ListBucketVersions'],
				resources: [this.bucket.bucketArn],
				conditions: { StringLikeIfExists: { 's3:prefix': ['stocks/*'] } },
			}),
		);
	}

	private grantObjects(role: Role, actions: string[], keys: string): void {
		const resources = [this.bucket.arnForObjects(keys)];
		role.addToPolicy(new PolicyStatement({ actions, resources }));
		acknowledgeWildcards(role, resources, 'The files under this prefix are what the function works on.');
	}

	private makeBucket(): Bucket {
		const bucket = new Bucket(this, 'Bucket', {
			...closedBucket,
			// A message tells of one version of a file: it is read even where a newer one has taken its place.
			versioned: true,
			removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
			lifecycleRules: [
				{
					id: 'expire-quotes',
					prefix: 'stocks/',
					expiration: Duration.days(30),
					noncurrentVersionExpiration: Duration.days(15),
				},
				{
					id: 'expire-rejected',
					prefix: 'rejected/',
					expiration: Duration.days(90),
					noncurrentVersionExpiration: Duration.days(1),
				},
				{ id: 'expire-deleted-objects', expiredObjectDeleteMarker: true },
				{ id: 'abort-incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
			],
		});
		const announcement = announceObjects(bucket, this.queue, { prefix: 'stocks/', suffix: '.csv' });
		(bucket.node.defaultChild as CfnBucket).notificationConfiguration = { queueConfigurations: [announcement] };
		Validations.of(bucket).acknowledge({
			id: 'AwsSolutions-S1',
			reason:
				'Server access logs would be more objects than the quotes; who read what is a matter of the account’s CloudTrail data events.',
		});
		return bucket;
	}

	private makeGenerator(): NodeFunction {
		const generator = new NodeFunction(this, 'Generator', {
			handler: 'tasks/lambdas/stocks-generator.ts',
			functionName: 'GeneratorLambda',
			description: 'Writes made-up quotes of 50 stocks for the minute of the event',
			timeout: Duration.seconds(30),
			memoryMiB: 256,
			environment: { BUCKET_NAME: this.bucket.bucketName },
		});
		this.grantGenerate(generator.role);
		const wanted = new CfnParameter(this, 'StockQuotes', {
			description: 'Whether quotes are made up every minute, which costs by the month (docs/market-data.md)',
			allowedValues: ['off', 'on'],
			default: 'off',
		});
		wanted.overrideLogicalId('StockQuotes');
		const isOn = new CfnCondition(this, 'MakesStockQuotes', { expression: Fn.conditionEquals(wanted, 'on') });
		const rule = new Rule(this, 'EveryMinute', {
			description: 'Quotes of a minute',
			schedule: Schedule.rate(Duration.minutes(1)),
			targets: [new LambdaFunction(generator.lambda)],
		});
		(rule.node.defaultChild as CfnRule).state = Fn.conditionIf(isOn.logicalId, 'ENABLED', 'DISABLED').toString();
		return generator;
	}

	private makeConsumer(): NodeFunction {
		const consumer = new NodeFunction(this, 'Consumer', {
			handler: 'tasks/lambdas/stocks-consumer.ts',
			functionName: 'ConsumerLambda',
			description: 'Takes files of stock quotes into DynamoDB',
			timeout: consumerTimeout,
			memoryMiB: 512,
			environment: { TABLE_NAME: this.table.tableName },
		});
		this.grantConsume(consumer.role);
		consumer.lambda.addEventSource(
			new SqsEventSource(this.queue, {
				batchSize: 10,
				reportBatchItemFailures: true,
				maxConcurrency: mostConsumers,
			}),
		);
		return consumer;
	}

	private areUnreadable(): Alarm {
		return new Alarm(this, 'Unreadable', {
			alarmDescription: `Files of quotes were taken ${maxReceives} times and never done with: 'shoplake stocks redrive --dry-run' says which and why. (stack ${Stack.of(this).stackName})`,
			metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(peak),
			threshold: 1,
			...atOnce,
		});
	}

	private waitTooLong(): Alarm {
		return new Alarm(this, 'NotTaken', {
			alarmDescription: `Files of quotes wait for half an hour. Does ConsumerLambda run, or 'shoplake stocks consume'? (stack ${Stack.of(this).stackName})`,
			metric: this.queue.metricApproximateAgeOfOldestMessage(peak),
			threshold: Duration.minutes(30).toSeconds(),
			...atOnce,
		});
	}

	private fails(of: NodeFunction): Alarm {
		return new Alarm(of, 'Fails', {
			alarmDescription: `${of.node.id} of the market data fails; its log says why. What it was about comes again. (stack ${Stack.of(this).stackName})`,
			metric: of.lambda.metricErrors(sum),
			threshold: 1,
			...atOnce,
		});
	}
}
