import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { FileDrop } from '../filedrop/file-drop';
import type { Landing } from '../filedrop/landing';
import type { Alerts } from '../operations/alerts';
import type { TaskRunner } from './task-runner';
import { stepNames, stepResourceName } from './task-steps';
import { acknowledgeWildcards } from './wildcards';

/**
 * What Airflow may do: run the steps, watch and stop them, read their logs, send alerts, and take announced uploads.
 * It reads and writes no data. The policy is for the role or user that Airflow's workers and triggerer have.
 *
 * @example
 * const access = new AirflowAccess(this, 'Airflow', { runner, alerts, landing, fileDrop });
 * // aws iam attach-role-policy --role-name airflow-worker --policy-arn "$SHOPLAKE_AIRFLOW_POLICY"
 */
export class AirflowAccess extends Construct {
	readonly policy: ManagedPolicy;

	constructor(
		scope: Construct,
		id: string,
		{
			runner,
			alerts,
			landing,
			fileDrop,
		}: {
			readonly runner: TaskRunner;
			readonly alerts: Alerts;
			readonly landing: Landing;
			readonly fileDrop: FileDrop;
		},
	) {
		super(scope, id);
		this.policy = new ManagedPolicy(this, 'Policy', {
			description: 'Runs the tasks of shoplake: for the role or user of Airflow',
		});
		this.mayRun(runner);
		this.mayReadLogs(runner);
		alerts.grantPublish(this.policy);
		landing.grantReceive(this.policy);
		fileDrop.grantReceive(this.policy);
	}

	private mayRun({ cluster, family, taskRoles, executionRole }: TaskRunner): void {
		const inCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
		const revisions = stepNames.map((step) =>
			Stack.of(this).formatArn({
				service: 'ecs',
				resource: 'task-definition',
				resourceName: `${family}-${stepResourceName(step)}:*`,
			}),
		);
		const tasks = Stack.of(this).formatArn({
			service: 'ecs',
			resource: 'task',
			resourceName: `${cluster.clusterName}/*`,
		});
		this.may(['ecs:RunTask'], revisions, inCluster);
		this.may(['ecs:StopTask', 'ecs:DescribeTasks'], [tasks], inCluster);
		this.may(['ecs:ListTasks'], ['*'], inCluster);
		this.may(
			['iam:PassRole'],
			[executionRole, ...Object.values(taskRoles)].map(({ roleArn }) => roleArn),
			{ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
		);
		acknowledgeWildcards(this.policy, revisions, 'Each deployment that changes a task definition makes a revision.');
		acknowledgeWildcards(this.policy, [tasks], 'ECS names the tasks.');
		acknowledgeWildcards(this.policy, ['*'], 'ListTasks has no resource; the condition names the cluster.');
	}

	private mayReadLogs({ logGroup }: TaskRunner): void {
		const streams = Stack.of(this).formatArn({
			service: 'logs',
			resource: 'log-group',
			resourceName: `${logGroup.logGroupName}:log-stream:*`,
			arnFormat: ArnFormat.COLON_RESOURCE_NAME,
		});
		this.may(['logs:GetLogEvents'], [streams]);
		acknowledgeWildcards(this.policy, [streams], 'Each task has a stream of its own.');
	}

	private may(actions: string[], resources: string[], conditions?: Record<string, unknown>): void {
		this.policy.addStatements(new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }));
	}
}
