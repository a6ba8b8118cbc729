import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';

// The template is validated by the tests of the stack.
process.env.CDK_VALIDATION = 'false';

const template = Template.fromStack(new LakehouseStack(new App(), 'Shoplake'));
const logicalId = (type: string, start: string) =>
	Object.keys(template.findResources(type)).find((id) => id.startsWith(start)) ?? '';
const queueArn = (start: string) => ({ 'Fn::GetAtt': [logicalId('AWS::SQS::Queue', start), 'Arn'] });
const queue = queueArn('FileDropQueue');
const deadLetters = queueArn('FileDropDeadLetters');
const topic = { Ref: logicalId('AWS::SNS::Topic', 'AlertsTopic') };

test('a dropped CSV, plain or gzip, leaves a message, and nothing else under incoming/ does', () => {
	const [bucket] = Object.entries(template.findResources('AWS::S3::Bucket')).filter(([id]) =>
		id.startsWith('LakeBucket'),
	);
	const all = bucket?.[1].Properties.NotificationConfiguration.QueueConfigurations as { Queue: unknown }[];
	const own = all.filter(({ Queue }) => JSON.stringify(Queue) === JSON.stringify(queue));
	expect(own).toEqual(
		['.csv', '.csv.gz'].map((suffix) => ({
			Event: 's3:ObjectCreated:*',
			Queue: queue,
			Filter: {
				S3Key: {
					Rules: [
						{ Name: 'prefix', Value: 'incoming/' },
						{ Name: 'suffix', Value: suffix },
					],
				},
			},
		})),
	);
	// S3 tries the queue when the bucket is made.
	expect(bucket?.[1].DependsOn).toContain(logicalId('AWS::SQS::QueuePolicy', 'FileDropQueuePolicy'));
});

test('a message that is received five times and never deleted is put aside', () => {
	template.hasResourceProperties('AWS::SQS::Queue', {
		RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 5 },
		SqsManagedSseEnabled: true,
		MessageRetentionPeriod: 14 * 24 * 3600,
		VisibilityTimeout: 300,
	});
});

const ofQueue = (arn: typeof queue) => [
	{ Name: 'QueueName', Value: { 'Fn::GetAtt': [arn['Fn::GetAtt'][0], 'QueueName'] } },
];

test.each([
	['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 1, ofQueue(deadLetters)],
	['AWS/SQS', 'ApproximateAgeOfOldestMessage', 3600, ofQueue(queue)],
])('an alarm looks at %s %s, and a person is told', (Namespace, MetricName, Threshold, Dimensions) => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		Namespace,
		MetricName,
		Threshold,
		Dimensions,
		ComparisonOperator: 'GreaterThanOrEqualToThreshold',
		TreatMissingData: 'notBreaching',
		AlarmActions: [topic],
		OKActions: [topic],
		AlarmDescription: Match.stringLikeRegexp('file drop|ropped file'),
	});
});

test('an alarm looks at failures, and does not tell a person whom the task has told', () => {
	const alarms = template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'PipelineFailures' } });
	const [alarm, ...others] = Object.values(alarms);
	expect(others).toEqual([]);
	expect(alarm?.Properties).toMatchObject({ Namespace: 'shoplake', Statistic: 'Sum', Threshold: 1 });
	expect(alarm?.Properties).not.toHaveProperty('AlarmActions');
});

test('a task may add to the metrics of shoplake only', () => {
	const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
		({ Properties }) => Properties.PolicyDocument.Statement,
	);
	expect(statements.filter(({ Action }) => Action === 'cloudwatch:PutMetricData')).toMatchObject([
		{ Condition: { StringEquals: { 'cloudwatch:namespace': 'shoplake' } } },
	]);
});

test('the queue is an output, so that Airflow finds it', () => {
	template.hasOutput('ShoplakeFileDropQueue', { Value: { Ref: queue['Fn::GetAtt'][0] } });
});
