import { stepNames, stepResourceName } from '../../../infra/tasks/task-steps';
import { listGrants } from '../support/grants';
import { grantEach, stepId, summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

const template = synthesize();

test('Airflow may run and watch tasks, pass only their roles, and read no data', () => {
	const grants = listGrants(template, 'AirflowPolicy');
	expect(summarizeGrants(grants)).toEqual({
		'ecs:RunTask': stepNames.map((step) => `task-definition/shoplake-${stepResourceName(step)}:*`),
		...grantEach(['ecs:StopTask', 'ecs:DescribeTasks'], ['task/TasksCluster/*']),
		'ecs:ListTasks': ['*'],
		'iam:PassRole': ['TasksExecutionRole', ...stepNames.map((step) => `Tasks${stepId(step)}Role`)],
		'logs:GetLogEvents': ['log-group:TasksLog:log-stream:*'],
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
