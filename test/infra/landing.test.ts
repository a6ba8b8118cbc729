import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const logicalId = (type: string, start: string) =>
	Object.keys(template.findResources(type)).find((id) => id.startsWith(start)) ?? '';

const queue = { 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', 'LandingQueue'), 'Arn'] };
const deadLetters = { 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', 'LandingDeadLetters'), 'Arn'] };
const topic = { Ref: logicalId('AWS::SNS::Topic', 'AlertsTopic') };

describe('an upload that announces itself', () => {
	test('leaves a message: objects _READY in the landing zone, and no others', () => {
		template.hasResource('AWS::S3::Bucket', {
			Properties: {
				NotificationConfiguration: {
					QueueConfigurations: Match.arrayWith([
						{
							Event: 's3:ObjectCreated:*',
							Queue: queue,
							Filter: {
								S3Key: {
									Rules: [
										{ Name: 'prefix', Value: 'landing/' },
										{ Name: 'suffix', Value: '_READY' },
									],
								},
							},
						},
					]),
				},
			},
			// S3 tries the queue when the bucket is made.
			DependsOn: Match.arrayWith([Match.stringLikeRegexp('^LandingQueuePolicy')]),
		});
	});

	test('can only be a bucket of this stack in this account', () => {
		template.hasResourceProperties('AWS::SQS::QueuePolicy', {
			Queues: [{ Ref: queue['Fn::GetAtt'][0] }],
			PolicyDocument: {
				Statement: Match.arrayWith([
					{
						Action: 'sqs:SendMessage',
						Effect: 'Allow',
						Principal: { Service: 's3.amazonaws.com' },
						Resource: queue,
						Condition: {
							ArnLike: {
								'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::shoplake-*']] },
							},
							StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
						},
					},
				]),
			},
		});
	});

	test('needs no Lambda of its own', () => template.resourcePropertiesCountIs('Custom::S3BucketNotifications', {}, 0));
});

test('both queues are encrypted, take TLS only, and keep messages for two weeks', () => {
	const all = Object.entries(template.findResources('AWS::SQS::Queue'));
	const queues = all.filter(([id]) => id.startsWith('Landing')).map(([, queue]) => queue);
	expect(queues).toHaveLength(2);
	for (const { Properties } of queues) {
		expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
	}
	const policies = Object.keys(template.findResources('AWS::SQS::QueuePolicy', { Properties: refusesPlainHttp }));
	expect(policies.filter((id) => id.startsWith('Landing'))).toHaveLength(2);
});

test('a message that is received five times and never deleted is put aside', () => {
	template.hasResourceProperties('AWS::SQS::Queue', {
		RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
	});
});

test.each([
	['ApproximateNumberOfMessagesVisible', deadLetters, 1],
	['ApproximateAgeOfOldestMessage', queue, 3600],
])('an alarm looks at %s, and a person is told when it goes off and when it is over', (MetricName, of, Threshold) => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		Namespace: 'AWS/SQS',
		MetricName,
		Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [of['Fn::GetAtt'][0], 'QueueName'] } }],
		Threshold,
		ComparisonOperator: 'GreaterThanOrEqualToThreshold',
		TreatMissingData: 'notBreaching',
		AlarmActions: [topic],
		OKActions: [topic],
		AlarmDescription: Match.stringLikeRegexp('Airflow|dead-letter queue'),
	});
});

test('one page shows what failed, what waits, what is written and how large the lake is', () => {
	const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
	const parts = (dashboard?.Properties.DashboardBody['Fn::Join'][1] ?? []) as unknown[];
	const { widgets } = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'name')).join(''));
	expect(
		widgets.map(({ type, properties }: { type: string; properties: { title: string } }) => [type, properties.title]),
	).toEqual([
		['log', 'Tasks that failed, and what to do'],
		['alarm', 'Alarms'],
		['metric', 'Batches, quotes and dropped files that wait, and messages put aside'],
		['metric', 'Events that came, and how many seconds the oldest has waited to be delivered'],
		['metric', 'Writes to the KPI tables'],
		['metric', 'Size of the lake'],
	]);
	expect(widgets[0].properties.query).toContain("| filter level = 'error'");
});

describe('alerts', () => {
	test('are encrypted by a key that alarms may use, and take TLS only', () => {
		template.hasResourceProperties('AWS::SNS::Topic', {
			KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlertsKey'), 'Arn'] },
		});
		template.hasResourceProperties('AWS::KMS::Key', {
			EnableKeyRotation: true,
			KeyPolicy: {
				Statement: Match.arrayWith([
					Match.objectLike({
						Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
						Principal: { Service: 'cloudwatch.amazonaws.com' },
						Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
					}),
				]),
			},
		});
		template.hasResourceProperties('AWS::SNS::TopicPolicy', {
			PolicyDocument: {
				Statement: Match.arrayWith([
					Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
					Match.objectLike({ Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
				]),
			},
		});
	});

	test('go by e-mail where the deployment names an address', () => {
		template.hasParameter('AlertsEmail', { Default: '' });
		const [subscription] = Object.values(template.findResources('AWS::SNS::Subscription'));
		expect(subscription).toMatchObject({
			Properties: { Protocol: 'email', Endpoint: { Ref: 'AlertsEmail' }, TopicArn: topic },
		});
		expect(template.toJSON().Conditions[subscription?.Condition]).toEqual({
			'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlertsEmail' }, ''] }],
		});
	});
});

const refusesPlainHttp = {
	PolicyDocument: {
		Statement: Match.arrayWith([
			Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
		]),
	},
};
