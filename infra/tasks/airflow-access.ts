import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { streams } from '../../tasks/contracts';
import { prefixes } from '../../tasks/lake/layout';
import type { UploadQueue } from '../filedrop/upload-queue';
import type { Alerts } from '../operations/alerts';
import type { LakeStorage } from '../storage/lake-storage';
import type { TaskRunner } from './task-runner';
import { airflowStepNames, stepResourceName } from './task-steps';
import { acknowledgeWildcards } from './wildcards';

/**
 * What Airflow may do: run the steps, watch and stop them, read their logs, send alerts, receive announced uploads, and
 * list what may be new, so that it starts no step for nothing. It reads and writes no data. Attach the policy to the role or user of Airflow's workers and triggerer.
 *
 * @example
 * const access = new AirflowAccess(this, 'Airflow', { runner, lake, alerts, landing, fileDrop });
 * // aws iam attach-role-policy --role-name airflow-worker --policy-arn "$SHOPLAKE_AIRFLOW_POLICY"
 */
export class AirflowAccess extends Construct {
	readonly policy: ManagedPolicy;

	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly runner: TaskRunner;
			readonly lake: LakeStorage;
			readonly alerts: Alerts;
			readonly landing: UploadQueue;
			readonly fileDrop: UploadQueue;
		},
	) {
		super(scope, id);
		const { runner, lake, alerts, landing, fileDrop } = props;
		this.policy = new ManagedPolicy(this, 'Policy', {
			description: 'Runs the tasks of shoplake: for the role or user of Airflow',
		});
		this.grantRun(runner);
		this.grantReadLogs(runner);
		const deliveries = Object.values(streams).map(({ prefix }) => prefix);
		lake.grantList(this.policy, ...deliveries, prefixes.heads, prefixes.incoming);
		alerts.grantPublish(this.policy);
		landing.grantReceive(this.policy);
		fileDrop.grantReceive(this.policy);
	}

	private grantRun({ cluster, family, taskRoles, executionRole }: TaskRunner): void {
		const inCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
		const revisions = airflowStepNames.map((step) =>
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
		this.grant(['ecs:RunTask'], revisions, inCluster);
		this.grant(['ecs:StopTask', 'ecs:DescribeTasks'], [tasks], inCluster);
		this.grant(['ecs:ListTasks'], ['*'], inCluster);
		this.grant(
			['iam:PassRole'],
			[executionRole, ...airflowStepNames.map((step) => taskRoles[step])].map(({ roleArn }) => roleArn),
			{ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
		);
		acknowledgeWildcards(this.policy, revisions, 'Each deployment that changes a task definition creates a revision.');
		acknowledgeWildcards(this.policy, [tasks], 'ECS names the tasks.');
		acknowledgeWildcards(this.policy, ['*'], 'ListTasks has no resource; the condition names the cluster.');
	}

	private grantReadLogs({ logGroup }: TaskRunner): void {
		const streams = Stack.of(this).formatArn({
			service: 'logs',
			resource: 'log-group',
			resourceName: `${logGroup.logGroupName}:log-stream:*`,
			arnFormat: ArnFormat.COLON_RESOURCE_NAME,
		});
		this.grant(['logs:GetLogEvents'], [streams]);
		acknowledgeWildcards(this.policy, [streams], 'Each task has its own stream.');
	}

	private grant(actions: string[], resources: string[], conditions?: Record<string, unknown>): void {
		this.policy.addStatements(new PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) }));
	}
}
