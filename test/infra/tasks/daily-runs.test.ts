import { Match } from 'aws-cdk-lib/assertions';
import { listGrants } from '../support/grants';
import { grantEach, summarizeGrants } from '../support/summarize-grants';
import { findArn, findLogicalId, queueDimension, synthesize } from '../support/synth';

const template = synthesize();
const { Resources, Conditions } = template.toJSON();
const runArn = { Ref: findLogicalId(template, 'AWS::ECS::TaskDefinition', 'TasksRun') };
const clusterArn = findArn(template, 'AWS::ECS::Cluster', 'TasksCluster');
const failedQueue = findArn(template, 'AWS::SQS::Queue', 'DailyRunsFailedQueue');
const network = {
	AwsvpcConfiguration: {
		AssignPublicIp: 'ENABLED',
		SecurityGroups: [Match.anyValue()],
		Subnets: [Match.anyValue(), Match.anyValue()],
	},
};

test('without an hour nothing of it exists', () => {
	const own = Object.entries(Resources as Record<string, { Type: string; Condition?: string }>).filter(([id]) =>
		id.startsWith('DailyRuns'),
	);
	expect(new Set(own.map(([, { Type }]) => Type))).toEqual(
		new Set([
			...['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::Events::Rule', 'AWS::CloudWatch::Alarm'],
			...['AWS::Logs::MetricFilter', 'AWS::IAM::Role', 'AWS::IAM::Policy'],
			...['AWS::Scheduler::Schedule', 'AWS::Pipes::Pipe'],
		]),
	);
	const [condition, ...others] = new Set(own.map(([, resource]) => resource.Condition));
	expect(others).toEqual([]);
	expect(Conditions[condition as string]).toEqual({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'DailyRunHour' }, ''] }] });
	template.hasParameter('DailyRunHour', { Default: '' });
});

test('the hour is one of the day', () => {
	const pattern = new RegExp(`^${template.findParameters('DailyRunHour').DailyRunHour?.AllowedPattern}$`);
	const hours = ['', '0', '9', '10', '23', '24', '03', '3:00', '-1'].filter((hour) => pattern.test(hour));
	expect(hours).toEqual(['', '0', '9', '10', '23']);
});

test('the schedule starts the task each day at the hour in UTC, and passes the time that it was due', () => {
	template.hasResourceProperties('AWS::Scheduler::Schedule', {
		ScheduleExpression: { 'Fn::Join': ['', ['cron(0 ', { Ref: 'DailyRunHour' }, ' * * ? *)']] },
		ScheduleExpressionTimezone: 'UTC',
		FlexibleTimeWindow: { Mode: 'OFF' },
		Target: {
			Arn: clusterArn,
			Input: JSON.stringify({
				containerOverrides: [
					{ name: 'shoplake', command: ['run', '--scheduled-at', '<aws.scheduler.scheduled-time>'] },
				],
			}),
			EcsParameters: {
				TaskDefinitionArn: runArn,
				LaunchType: 'FARGATE',
				TaskCount: 1,
				PropagateTags: 'TASK_DEFINITION',
				NetworkConfiguration: network,
			},
			RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 },
			DeadLetterConfig: { Arn: failedQueue },
		},
	});
});

test('the Pipe starts the task for one announcement at a time, with its key, and passes over S3’s own test', () => {
	template.hasResourceProperties('AWS::Pipes::Pipe', {
		Source: findArn(template, 'AWS::SQS::Queue', 'LandingQueue'),
		SourceParameters: {
			SqsQueueParameters: { BatchSize: 1 },
			FilterCriteria: { Filters: [{ Pattern: '{"body":{"Event":[{"exists":false}]}}' }] },
		},
		Target: clusterArn,
		TargetParameters: {
			EcsTaskParameters: {
				TaskDefinitionArn: runArn,
				LaunchType: 'FARGATE',
				TaskCount: 1,
				PropagateTags: 'TASK_DEFINITION',
				NetworkConfiguration: network,
				Overrides: {
					ContainerOverrides: [{ Name: 'shoplake', Command: ['run', '--ready', '$.body.Records[0].s3.object.key'] }],
				},
			},
		},
	});
});

test('the schedule and the Pipe may start this task in this cluster, and nothing else', () => {
	const start = {
		'ecs:RunTask': ['task-definition/shoplake-run:*'],
		'ecs:TagResource': ['task/TasksCluster/*'],
		'iam:PassRole': ['TasksExecutionRole', 'TasksRunRole'],
	};
	expect(summarizeGrants(listGrants(template, 'DailyRunsScheduleRole'))).toEqual({
		...start,
		...grantEach(['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], ['DailyRunsFailedQueue']),
	});
	const receive = ['ReceiveMessage', 'ChangeMessageVisibility', 'GetQueueUrl', 'DeleteMessage', 'GetQueueAttributes'];
	expect(summarizeGrants(listGrants(template, 'DailyRunsPipeRole'))).toEqual({
		...start,
		...grantEach(
			receive.map((name) => `sqs:${name}`),
			['LandingQueue'],
		),
	});
	const conditions = ['DailyRunsScheduleRole', 'DailyRunsPipeRole'].flatMap((role) =>
		listGrants(template, role).flatMap(({ actions, where }) =>
			actions.some((action) => /^(ecs|iam):/.test(action)) ? [where] : [],
		),
	);
	const inCluster = { ArnEquals: { 'ecs:cluster': clusterArn } };
	const toTasks = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
	const onStart = { StringEquals: { 'ecs:CreateAction': 'RunTask' } };
	expect(conditions).toEqual([inCluster, toTasks, onStart, inCluster, toTasks, onStart]);
});

test('each failed run is a message in a queue and an alert', () => {
	template.hasResourceProperties('AWS::Events::Rule', {
		EventPattern: {
			source: ['aws.ecs'],
			'detail-type': ['ECS Task State Change'],
			detail: {
				clusterArn: [clusterArn],
				taskDefinitionArn: [{ prefix: { 'Fn::Join': ['', Match.arrayWith([':task-definition/shoplake-run:'])] } }],
				lastStatus: ['STOPPED'],
				$or: [
					{ containers: { exitCode: [{ 'anything-but': 0 }] } },
					{ stopCode: [{ 'anything-but': 'EssentialContainerExited' }] },
				],
			},
		},
		Targets: [Match.objectLike({ Arn: failedQueue })],
	});
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		MetricName: 'NumberOfMessagesSent',
		Dimensions: queueDimension(failedQueue),
		Statistic: 'Sum',
		Threshold: 1,
		AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlertsTopic') }],
		OKActions: Match.absent(),
	});
});

test('a day and two hours without a run that ends well is an alert', () => {
	template.hasResourceProperties('AWS::Logs::MetricFilter', {
		FilterPattern: '{ ($.task = "run") && (($.status = "published") || ($.status = "unchanged")) }',
		MetricTransformations: [{ MetricNamespace: 'shoplake', MetricName: 'RunsEndedWell', MetricValue: '1' }],
	});
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		Namespace: 'shoplake',
		MetricName: 'RunsEndedWell',
		Period: 3600,
		EvaluationPeriods: 26,
		Threshold: 1,
		ComparisonOperator: 'LessThanThreshold',
		TreatMissingData: 'breaching',
		AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlertsTopic') }],
	});
});
