import { airflowStepNames, stepResourceName } from '../../../infra/tasks/task-steps';
import { listGrants } from '../support/grants';
import { grantEach, stepId, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

test('Airflow may run and watch tasks, pass only their roles, and read no data', () => {
	const grants = listGrants(template, 'AirflowPolicy');
	expect(summarizeGrants(grants)).toEqual({
		'ecs:RunTask': airflowStepNames.map((step) => `task-definition/shoplake-${stepResourceName(step)}:*`),
		...grantEach(['ecs:StopTask', 'ecs:DescribeTasks'], ['task/TasksCluster/*']),
		'ecs:ListTasks': ['*'],
		'iam:PassRole': ['TasksExecutionRole', ...airflowStepNames.map((step) => `Tasks${stepId(step)}Role`)],
		'logs:GetLogEvents': ['log-group:TasksLog:log-stream:*'],
		list: ['bronze/live_events/', 'bronze/live_orders/', '_heads/', 'incoming/'],
		'sns:Publish': ['AlertsTopic'],
		...grantEach(['kms:Decrypt', 'kms:GenerateDataKey'], ['AlertsKey']),
		...grantEach(
			[
				'sqs:ReceiveMessage',
				'sqs:ChangeMessageVisibility',
				'sqs:GetQueueUrl',
				'sqs:DeleteMessage',
				'sqs:GetQueueAttributes',
			],
			['LandingQueue', 'FileDropQueue'],
		),
	});
	const conditions = (action: string) => grants.find(({ actions }) => actions.includes(action))?.where;
	const inCluster = { ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [expect.stringMatching('^TasksCluster'), 'Arn'] } } };
	for (const action of ['ecs:RunTask', 'ecs:StopTask', 'ecs:DescribeTasks', 'ecs:ListTasks']) {
		expect(conditions(action)).toEqual(inCluster);
	}
	expect(conditions('iam:PassRole')).toEqual({
		StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
	});
});

test('the policy of Airflow is within the limit of 6,144 characters with names as long as those that AWS generates', () => {
	const [{ Properties }] = Object.entries(template.findResources('AWS::IAM::ManagedPolicy'))
		.filter(([id]) => id.startsWith('AirflowPolicy'))
		.map(([, resource]) => resource) as [{ Properties: { PolicyDocument: object } }];
	const names: Readonly<Record<string, string>> = {
		'AWS::Partition': 'aws',
		'AWS::Region': 'ap-southeast-2',
		'AWS::AccountId': '111122223333',
	};
	const resolve = (_: string, value: unknown): unknown => {
		if (typeof value !== 'object' || value === null) return value;
		const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, never>;
		if (Ref) return names[Ref] ?? 'x'.repeat(50);
		// A role's ARN: its name has at most 64 characters.
		if (attribute) return 'x'.repeat(31 + 64);
		return join ? (join as [string, unknown[]])[1].map((part) => resolve('', part)).join('') : value;
	};
	const document = JSON.stringify(Properties.PolicyDocument, resolve);
	expect(document).toContain('xxx');
	expect(document.length).toBeLessThan(6144);
});
