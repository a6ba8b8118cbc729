import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { listGrants } from './policies';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const logicalId = (type: string, start: string) =>
	Object.keys(template.findResources(type)).find((id) => id.startsWith(start)) ?? '';

const queue = { 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', 'MarketQueue'), 'Arn'] };
const deadLetters = { 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', 'MarketDeadLetters'), 'Arn'] };
const bucket = { Ref: logicalId('AWS::S3::Bucket', 'MarketBucket') };
const topic = { Ref: logicalId('AWS::SNS::Topic', 'AlertsTopic') };

describe('a file of quotes', () => {
	test('is announced to StockQueue, which had its policy before the bucket was made', () => {
		const rules = [
			{ Name: 'prefix', Value: 'stocks/' },
			{ Name: 'suffix', Value: '.csv' },
		];
		template.hasResource('AWS::S3::Bucket', {
			Properties: {
				VersioningConfiguration: { Status: 'Enabled' },
				NotificationConfiguration: {
					QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: queue, Filter: { S3Key: { Rules: rules } } }],
				},
			},
			DependsOn: [Match.stringLikeRegexp('^MarketQueuePolicy')],
		});
		template.hasResourceProperties('AWS::SQS::QueuePolicy', {
			Queues: [{ Ref: queue['Fn::GetAtt'][0] }],
			PolicyDocument: {
				Statement: Match.arrayWith([
					Match.objectLike({
						Action: 'sqs:SendMessage',
						Principal: { Service: 's3.amazonaws.com' },
						Condition: {
							ArnLike: {
								'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::shoplake-*']] },
							},
							StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
						},
					}),
				]),
			},
		});
	});

	test('is kept for a month, its older versions longer than a message can wait, and what is wrong with it for three', () => {
		template.hasResourceProperties('AWS::S3::Bucket', {
			LifecycleConfiguration: {
				Rules: Match.arrayWith([
					Match.objectLike({
						...{ Id: 'expire-quotes', Prefix: 'stocks/', ExpirationInDays: 30 },
						NoncurrentVersionExpiration: { NoncurrentDays: 15 },
					}),
					Match.objectLike({ Id: 'expire-rejected', Prefix: 'rejected/', ExpirationInDays: 90 }),
				]),
			},
		});
	});
});

test('a message is hidden for six times as long as the consumer may take, and put aside when it has come five times', () => {
	const [consumer] = Object.values(
		template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'ConsumerLambda' } }),
	);
	template.hasResourceProperties('AWS::SQS::Queue', {
		QueueName: 'StockQueue',
		VisibilityTimeout: 6 * (consumer?.Properties.Timeout as number),
		RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
	});
});

test('the consumer names the messages that failed, and few of it run at once', () => {
	template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
		EventSourceArn: queue,
		FunctionName: { Ref: logicalId('AWS::Lambda::Function', 'MarketConsumer') },
		BatchSize: 10,
		FunctionResponseTypes: ['ReportBatchItemFailures'],
		ScalingConfig: { MaximumConcurrency: 5 },
	});
	template.hasResourceProperties('AWS::Lambda::Function', {
		FunctionName: 'ConsumerLambda',
		Environment: { Variables: { TABLE_NAME: { Ref: logicalId('AWS::DynamoDB::Table', 'ServingStockData') } } },
	});
});

test('the generator runs every minute where the deployment asks for it, and by itself never', () => {
	template.hasResourceProperties('AWS::Lambda::Function', {
		FunctionName: 'GeneratorLambda',
		Environment: { Variables: { BUCKET_NAME: bucket } },
	});
	const [rule] = Object.values(
		template.findResources('AWS::Events::Rule', { Properties: { ScheduleExpression: 'rate(1 minute)' } }),
	);
	expect(rule?.Properties).toMatchObject({
		State: {
			'Fn::If': ['MarketMakesStockQuotes', 'ENABLED', 'DISABLED'].map((part, index) =>
				index === 0 ? expect.stringMatching('^MarketMakesStockQuotes') : part,
			),
		},
		Targets: [{ Arn: { 'Fn::GetAtt': [logicalId('AWS::Lambda::Function', 'MarketGenerator'), 'Arn'] } }],
	});
	expect(template.toJSON().Conditions[rule?.Properties.State['Fn::If'][0]]).toEqual({
		'Fn::Equals': [{ Ref: 'StockQuotes' }, 'on'],
	});
	template.hasParameter('StockQuotes', { Default: 'off', AllowedValues: ['off', 'on'] });
});

test('each function may do its own work, write its log, and nothing else', () => {
	const writesLog = (of: string) => ({
		actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
		on: [`Market${of}Log`],
	});
	expect(listGrants(template, 'MarketGeneratorRole')).toEqual([
		writesLog('Generator'),
		{ actions: ['s3:PutObject'], on: ['MarketBucket/stocks/*'] },
	]);
	const consumer = listGrants(template, 'MarketConsumerRole');
	expect(consumer.map(({ actions, on }) => `${actions.join(' ')} on ${on.join(' ')}`)).toEqual([
		'logs:CreateLogStream logs:PutLogEvents on MarketConsumerLog',
		'sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:GetQueueUrl sqs:DeleteMessage sqs:GetQueueAttributes on MarketQueue',
		's3:GetObject s3:GetObjectVersion on MarketBucket/stocks/*',
		's3:ListBucket s3:ListBucketVersions on MarketBucket',
		's3:PutObject on MarketBucket/rejected/*',
		'dynamodb:PartiQLInsert dynamodb:PartiQLUpdate on ServingStockData',
	]);
});

test.each([
	[
		'ApproximateNumberOfMessagesVisible',
		'AWS/SQS',
		{ QueueName: { 'Fn::GetAtt': [deadLetters['Fn::GetAtt'][0], 'QueueName'] } },
		1,
	],
	[
		'ApproximateAgeOfOldestMessage',
		'AWS/SQS',
		{ QueueName: { 'Fn::GetAtt': [queue['Fn::GetAtt'][0], 'QueueName'] } },
		1800,
	],
	['Errors', 'AWS/Lambda', { FunctionName: { Ref: logicalId('AWS::Lambda::Function', 'MarketGenerator') } }, 1],
	['Errors', 'AWS/Lambda', { FunctionName: { Ref: logicalId('AWS::Lambda::Function', 'MarketConsumer') } }, 1],
])('an alarm looks at %s (%s, %j)', (MetricName, Namespace, dimensions, Threshold) => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		...{ Namespace, MetricName, Threshold, TreatMissingData: 'notBreaching' },
		Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
		AlarmActions: [topic],
		OKActions: [topic],
	});
});
