import { airflowStepNames, stepNames, stepResourceName } from '../../../infra/tasks/task-steps';
import { listGrants } from '../support/grants';
import { grantEach, stepId, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

/** The task definitions of the steps, those of one command by a wildcard. */
const families = [
	...['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis', 'report', 'stream-*', 'stocks-*', 'status'],
	...['filedrop-*', 'doctor'],
];

test('Airflow may run and watch tasks, pass only their roles, and read no data', () => {
	const grants = listGrants(template, 'AirflowPolicy');
	expect(summarizeGrants(grants)).toEqual({
		'ecs:RunTask': families.map((family) => `task-definition/shoplake-${family}:*`),
		...grantEach(['ecs:StopTask', 'ecs:DescribeTasks'], ['task/TasksCluster/*']),
		'ecs:ListTasks': ['*'],
		'ecs:TagResource': ['task/TasksCluster/*'],
		'iam:PassRole': ['role/shoplake/AWS::Region/airflow/*'],
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
	expect(conditions('ecs:TagResource')).toEqual({ StringEquals: { 'ecs:CreateAction': 'RunTask' } });
	expect(conditions('iam:PassRole')).toEqual({
		StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
	});
});

test('the families are those of all steps of Airflow, and none that vacuums or forgets', () => {
	const isMatched = (step: (typeof stepNames)[number]) =>
		families.some((family) => new RegExp(`^${family.replace('*', '.*')}$`).test(stepResourceName(step)));
	expect(airflowStepNames.filter((step) => !isMatched(step))).toEqual([]);
	// `filedrop retry` has no role on the path, so it can't be started.
	const others = stepNames.filter((step) => !(airflowStepNames as readonly string[]).includes(step));
	expect(others.filter(isMatched)).toEqual(['filedrop retry']);
	expect(others).toEqual(expect.arrayContaining(['vacuum', 'forget', 'rebuild', 'rollback']));
});

test('only roles that Airflow may pass have the path of its policy', () => {
	const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([, { Properties }]) =>
		JSON.stringify(Properties.Path ?? '').includes('/airflow/'),
	);
	const expected = ['TasksExecutionRole', ...airflowStepNames.map((step) => `Tasks${stepId(step)}Role`)];
	expect(roles.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(expected.sort());
	for (const [, { Properties }] of roles) {
		expect(Properties.Path).toEqual({ 'Fn::Join': ['', ['/shoplake/', { Ref: 'AWS::Region' }, '/airflow/']] });
	}
});

test('vacuum and forget have a policy of their own', () => {
	const grants = listGrants(template, 'AirflowMaintenancePolicy');
	expect(summarizeGrants(grants)).toEqual({
		'ecs:RunTask': ['task-definition/shoplake-vacuum:*', 'task-definition/shoplake-forget:*'],
		'iam:PassRole': ['TasksVacuumRole', 'TasksForgetRole'],
	});
	expect(grants.every(({ where }) => where !== undefined)).toBe(true);
});

test('the policy of Airflow leaves a third of the limit of 6,144 characters free with names as long as those that AWS generates', () => {
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
	expect(document.length).toBeLessThan(4000);
});
