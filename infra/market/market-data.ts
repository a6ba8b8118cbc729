import { CfnCondition, Duration, Fn } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type CfnRule, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { stocks } from '../../tasks/generate/quotes/tickers';
import { ageAlarm, deadLetterAlarm, errorAlarm } from '../operations/alarms';
import type { Alerts } from '../operations/alerts';
import { createQueue, maxReceives } from '../operations/closed-queue';
import { stackParameter } from '../stack-parameter';
import { NodeFunction } from '../tasks/node-function';
import { acknowledgeWildcards } from '../tasks/wildcards';
import { createQuotesBucket } from './quotes-bucket';

const consumerTimeout = Duration.seconds(30);
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times the function's time-out. */
const visibilityTimeout = Duration.seconds(6 * consumerTimeout.toSeconds());
/** 50 files a minute need one consumer; five load a day's backlog in minutes without overloading the table. */
const maxConsumers = 5;

/**
 * Stock quotes, from files to a table: `GeneratorLambda` writes files into a bucket every minute (if the deployment asks
 * for it), S3 announces them in the queue `StockQueue`, `ConsumerLambda` loads them into `StockData`.
 *
 * @example
 * const market = new MarketData(this, 'Market', { alerts, table: serving.stockData });
 * market.grantConsume(taskRole);
 */
export class MarketData extends Construct {
	/** Files under `stocks/`, rejected rows under `rejected/`. Versioned. */
	readonly bucket: Bucket;
	/** A message for each file, kept until the file is loaded. */
	readonly queue: Queue;
	/** Messages that were received five times and never deleted. */
	readonly deadLetters: Queue;
	readonly generator: NodeFunction;
	readonly consumer: NodeFunction;
	/** For dead letters, files that wait too long, and failing functions. */
	readonly alarms: readonly Alarm[];
	/** How many stocks are quoted, and for how many days quotes stay in the table; 0 is for ever. */
	readonly stockCount: string;
	readonly retentionDays: string;
	private readonly table: Table;

	constructor(scope: Construct, id: string, { alerts, table }: { readonly alerts: Alerts; readonly table: Table }) {
		super(scope, id);
		this.table = table;
		this.stockCount = this.countParameter();
		this.retentionDays = this.retentionParameter();
		const { queue, deadLetters } = createQueue(this, { queueName: 'StockQueue', visibilityTimeout });
		this.queue = queue;
		this.deadLetters = deadLetters;
		this.bucket = createQuotesBucket(this, queue);
		this.generator = this.createGenerator();
		this.consumer = this.createConsumer();
		this.alarms = this.createAlarms();
		for (const alarm of this.alarms) alerts.on(alarm);
	}

	/** Allows a role to write files of quotes. */
	grantGenerate(role: Role): void {
		this.grantObjects(role, ['s3:PutObject'], 'stocks/*');
	}

	/** Allows a role to receive messages, read the files they announce, write rejected rows, and write to the table. */
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
				// Without permission to list the bucket, S3 does not report that an object is missing.
				actions: ['s3:ListBucket', 's3:ListBucketVersions'],
				resources: [this.bucket.bucketArn],
				conditions: { StringLikeIfExists: { 's3:prefix': ['stocks/*'] } },
			}),
		);
	}

	private grantObjects(role: Role, actions: string[], keys: string): void {
		const resources = [this.bucket.arnForObjects(keys)];
		role.addToPolicy(new PolicyStatement({ actions, resources }));
		acknowledgeWildcards(role, resources, 'The function works on all files under this prefix.');
	}

	private countParameter(): string {
		return stackParameter(this, 'StockCount', {
			description: 'How many of the 50 stocks are quoted: the cost goes by them (docs/cost.md)',
			type: 'Number',
			minValue: 1,
			maxValue: stocks.length,
			default: stocks.length,
		}).valueAsString;
	}

	private retentionParameter(): string {
		return stackParameter(this, 'StockRetentionDays', {
			description: 'How many days quotes that are loaded from now on stay in StockData; 0 for ever',
			type: 'Number',
			minValue: 0,
			maxValue: 36_500,
			default: 0,
		}).valueAsString;
	}

	private createGenerator(): NodeFunction {
		const generator = new NodeFunction(this, 'Generator', {
			handler: 'tasks/lambdas/stocks-generator.ts',
			functionName: 'GeneratorLambda',
			description: 'Writes generated quotes of up to 50 stocks for the minute of the event',
			timeout: Duration.seconds(30),
			memoryMiB: 256,
			environment: { BUCKET_NAME: this.bucket.bucketName, STOCK_COUNT: this.stockCount },
		});
		this.grantGenerate(generator.role);
		const mode = stackParameter(this, 'StockQuotes', {
			description: 'Whether quotes are generated every minute, which costs by the month (docs/market-data.md)',
			allowedValues: ['off', 'on'],
			default: 'off',
		});
		const isOn = new CfnCondition(this, 'MakesStockQuotes', { expression: Fn.conditionEquals(mode, 'on') });
		const rule = new Rule(this, 'EveryMinute', {
			description: 'Generates the quotes of each minute',
			schedule: Schedule.rate(Duration.minutes(1)),
			targets: [new LambdaFunction(generator.lambda)],
		});
		(rule.node.defaultChild as CfnRule).state = Fn.conditionIf(isOn.logicalId, 'ENABLED', 'DISABLED').toString();
		return generator;
	}

	private createConsumer(): NodeFunction {
		const consumer = new NodeFunction(this, 'Consumer', {
			handler: 'tasks/lambdas/stocks-consumer.ts',
			functionName: 'ConsumerLambda',
			description: 'Loads files of stock quotes into DynamoDB',
			timeout: consumerTimeout,
			memoryMiB: 512,
			environment: { TABLE_NAME: this.table.tableName, RETENTION_DAYS: this.retentionDays },
		});
		this.grantConsume(consumer.role);
		consumer.lambda.addEventSource(
			new SqsEventSource(this.queue, {
				batchSize: 10,
				reportBatchItemFailures: true,
				maxConcurrency: maxConsumers,
			}),
		);
		return consumer;
	}

	private createAlarms(): Alarm[] {
		return [
			deadLetterAlarm(
				this,
				this.deadLetters,
				`Files of quotes were received ${maxReceives} times and never loaded: 'shoplake stocks redrive --dry-run' says which and why.`,
			),
			ageAlarm(this, this.queue, {
				limit: Duration.minutes(30),
				description:
					"Files of quotes have waited for half an hour. Is ConsumerLambda running, or 'shoplake stocks consume'?",
			}),
			...[this.generator, this.consumer].map((failing) =>
				errorAlarm(failing, `${failing.node.id} of the market data fails; its log says why. Its work is retried.`),
			),
		];
	}
}
