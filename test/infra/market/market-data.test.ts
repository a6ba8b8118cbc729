import { Match } from 'aws-cdk-lib/assertions';
import { listGrants } from '../support/grants';
import { findArn, findLogicalId, queueDimension, synthesize } from '../support/synth';

const template = synthesize();
const queue = findArn(template, 'AWS::SQS::Queue', 'MarketQueue');
const deadLetters = findArn(template, 'AWS::SQS::Queue', 'MarketDeadLetters');
const bucket = { Ref: findLogicalId(template, 'AWS::S3::Bucket', 'MarketBucket') };
const topic = { Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') };

describe('a file of quotes', () => {
	test('is announced in StockQueue, whose policy exists before the bucket', () => {
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

	test('is kept for 30 days, its older versions longer than a message can wait, its rejected rows for 90', () => {
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

test('a message is invisible for six times the consumer’s time-out, and a dead letter after five receives', () => {
	const [consumer] = Object.values(
		template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'ConsumerLambda' } }),
	);
	template.hasResourceProperties('AWS::SQS::Queue', {
		QueueName: 'StockQueue',
		VisibilityTimeout: 6 * (consumer?.Properties.Timeout as number),
		RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
	});
});

test('the consumer reports the messages that failed, and at most five run at once', () => {
	template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
		EventSourceArn: queue,
		FunctionName: { Ref: findLogicalId(template, 'AWS::Lambda::Function', 'MarketConsumer') },
		BatchSize: 10,
		FunctionResponseTypes: ['ReportBatchItemFailures'],
		ScalingConfig: { MaximumConcurrency: 5 },
	});
	template.hasResourceProperties('AWS::Lambda::Function', {
		FunctionName: 'ConsumerLambda',
		Environment: {
			Variables: { TABLE_NAME: { Ref: findLogicalId(template, 'AWS::DynamoDB::Table', 'ServingStockData') } },
		},
	});
});

test('the generator runs every minute only if the deployment asks for it', () => {
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
		Targets: [{ Arn: { 'Fn::GetAtt': [findLogicalId(template, 'AWS::Lambda::Function', 'MarketGenerator'), 'Arn'] } }],
	});
	expect(template.toJSON().Conditions[rule?.Properties.State['Fn::If'][0]]).toEqual({
		'Fn::Equals': [{ Ref: 'StockQuotes' }, 'on'],
	});
	template.hasParameter('StockQuotes', { Default: 'off', AllowedValues: ['off', 'on'] });
});

test('the deployment says how many stocks are quoted and for how many days quotes stay, all and for ever by default', () => {
	template.hasParameter('StockCount', { Type: 'Number', Default: 50, MinValue: 1, MaxValue: 50 });
	template.hasParameter('StockRetentionDays', { Type: 'Number', Default: 0, MinValue: 0 });
	template.hasResourceProperties('AWS::Lambda::Function', {
		FunctionName: 'GeneratorLambda',
		Environment: { Variables: { STOCK_COUNT: { Ref: 'StockCount' } } },
	});
	template.hasResourceProperties('AWS::Lambda::Function', {
		FunctionName: 'ConsumerLambda',
		Environment: { Variables: { RETENTION_DAYS: { Ref: 'StockRetentionDays' } } },
	});
	template.hasResourceProperties('AWS::DynamoDB::Table', {
		TableName: 'StockData',
		TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
	});
	// Tasks that generate and consume quotes without Lambda.
	template.hasResourceProperties('AWS::ECS::TaskDefinition', {
		Family: 'shoplake-stocks-consume',
		ContainerDefinitions: [
			Match.objectLike({
				Environment: Match.arrayWith([
					{ Name: 'SHOPLAKE_STOCK_COUNT', Value: { Ref: 'StockCount' } },
					{ Name: 'SHOPLAKE_STOCK_RETENTION_DAYS', Value: { Ref: 'StockRetentionDays' } },
				]),
			}),
		],
	});
});

test('each function may do its own work, write its log and nothing else', () => {
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

const functionDimension = (path: string) => [
	{ Name: 'FunctionName', Value: { Ref: findLogicalId(template, 'AWS::Lambda::Function', path) } },
];

test.each([
	['dead letters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 1, queueDimension(deadLetters)],
	['files that wait too long', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 1800, queueDimension(queue)],
	['errors of the generator', 'AWS/Lambda', 'Errors', 1, functionDimension('MarketGenerator')],
	['errors of the consumer', 'AWS/Lambda', 'Errors', 1, functionDimension('MarketConsumer')],
])('an alarm on %s sends an alert', (_, Namespace, MetricName, Threshold, Dimensions) => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		...{ Namespace, MetricName, Threshold, Dimensions, TreatMissingData: 'notBreaching' },
		AlarmActions: [topic],
		OKActions: [topic],
	});
});
