import { Match } from 'aws-cdk-lib/assertions';
import { findArn, findLogicalId, queueDimension, synthesize } from '../support/synth';

const template = synthesize();
const topic = { Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') };
const [, bucket] = Object.entries(template.findResources('AWS::S3::Bucket')).find(([id]) =>
	id.startsWith('LakeBucket'),
) as [string, { Properties: Record<string, unknown>; DependsOn: string[] }];

describe.each([
	{ id: 'Landing', prefix: 'landing/', suffixes: ['_READY'], dag: 'shoplake_landing' },
	{ id: 'FileDrop', prefix: 'incoming/', suffixes: ['.csv', '.csv.gz'], dag: 'shoplake_file_drop' },
])('the queue $id', ({ id, prefix, suffixes, dag }) => {
	const queue = findArn(template, 'AWS::SQS::Queue', `${id}Queue`);
	const deadLetters = findArn(template, 'AWS::SQS::Queue', `${id}DeadLetters`);

	test(`receives a message for each object ${prefix}…${suffixes.join(' or ')}, and no others`, () => {
		const { QueueConfigurations } = bucket.Properties.NotificationConfiguration as {
			QueueConfigurations: { Queue: unknown }[];
		};
		const own = QueueConfigurations.filter(({ Queue }) => JSON.stringify(Queue) === JSON.stringify(queue));
		expect(own).toEqual(
			suffixes.map((suffix) => ({
				Event: 's3:ObjectCreated:*',
				Queue: queue,
				Filter: {
					S3Key: {
						Rules: [
							{ Name: 'prefix', Value: prefix },
							{ Name: 'suffix', Value: suffix },
						],
					},
				},
			})),
		);
		// S3 tests the queue when the bucket is created.
		expect(bucket.DependsOn).toContain(findLogicalId(template, 'AWS::SQS::QueuePolicy', `${id}QueuePolicy`));
	});

	test('accepts messages only from buckets of this stack in this account', () => {
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

	test('and its dead-letter queue are encrypted, require TLS, and keep messages for two weeks', () => {
		const all = Object.entries(template.findResources('AWS::SQS::Queue'));
		const queues = all.filter(([name]) => name.startsWith(id)).map(([, one]) => one);
		expect(queues).toHaveLength(2);
		for (const { Properties } of queues) {
			expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
		}
		const policies = Object.keys(template.findResources('AWS::SQS::QueuePolicy', { Properties: deniesPlainHttp }));
		expect(policies.filter((name) => name.startsWith(id))).toHaveLength(2);
	});

	test('moves a message that was received five times and never deleted to the dead-letter queue', () => {
		template.hasResourceProperties('AWS::SQS::Queue', {
			RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
			VisibilityTimeout: 300,
		});
	});

	test.each([
		['ApproximateNumberOfMessagesVisible', deadLetters, 1, 'dead-letter queue'],
		['ApproximateAgeOfOldestMessage', queue, 3600, dag],
	])(
		'has an alarm on %s that sends an alert when it goes off and when it is over',
		(MetricName, of, Threshold, fix) => {
			template.hasResourceProperties('AWS::CloudWatch::Alarm', {
				Namespace: 'AWS/SQS',
				MetricName,
				Dimensions: queueDimension(of),
				Threshold,
				ComparisonOperator: 'GreaterThanOrEqualToThreshold',
				TreatMissingData: 'notBreaching',
				AlarmActions: [topic],
				OKActions: [topic],
				AlarmDescription: Match.stringLikeRegexp(fix),
			});
		},
	);

	test('is an output, so that Airflow finds it', () => {
		template.hasOutput(`Shoplake${id}Queue`, { Value: { Ref: queue['Fn::GetAtt'][0] } });
	});
});

test('announcements need no Lambda function of CDK', () => {
	template.resourcePropertiesCountIs('Custom::S3BucketNotifications', {}, 0);
});

test('an alarm counts failed file drops, without a second alert after the task’s own', () => {
	const alarms = template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'PipelineFailures' } });
	const [alarm, ...others] = Object.values(alarms);
	expect(others).toEqual([]);
	expect(alarm?.Properties).toMatchObject({ Namespace: 'shoplake', Statistic: 'Sum', Threshold: 1 });
	expect(alarm?.Properties).not.toHaveProperty('AlarmActions');
});

const deniesPlainHttp = {
	PolicyDocument: {
		Statement: Match.arrayWith([
			Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
		]),
	},
};
