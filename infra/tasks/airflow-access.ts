import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { streams } from '../../tasks/contracts';
import { prefixes } from '../../tasks/lake/layout';
import type { UploadQueue } from '../filedrop/upload-queue';
import type { Alerts } from '../operations/alerts';
import type { LakeStorage } from '../storage/lake-storage';
import { allow } from './policy-holder';
import type { TaskRunner } from './task-runner';
import { airflowStepNames, maintenanceStepNames, stepResourceName } from './task-steps';
import { acknowledgeWildcards } from './wildcards';

const toTasks = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };

/**
 * What Airflow may do: run the steps, watch and stop them, read their logs, send alerts, receive announced uploads, and
 * list what may be new, so that it starts no step for nothing. It has no right on data of its own, but whoever may run a
 * step has the rights of that step. Attach the policies to the role or user of Airflow's workers and triggerer.
 *
 * @example
 * const access = new AirflowAccess(this, 'Airflow', { runner, lake, alerts, landing, fileDrop });
 * // aws iam attach-role-policy --role-name airflow-worker --policy-arn "$SHOPLAKE_AIRFLOW_POLICY"
 * // aws iam attach-role-policy --role-name airflow-worker --policy-arn "$SHOPLAKE_MAINTENANCE_POLICY"
 */
export class AirflowAccess extends Construct {
	/** For everything but the steps of maintenance. */
	readonly policy: ManagedPolicy;
	/** In addition, for the steps that delete for good what the lake holds: `vacuum` and `forget`. */
	readonly maintenancePolicy: ManagedPolicy;

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
		runner.grantTagTasks(this.policy);
		this.grantWatch(runner);
		this.grantReadLogs(runner);
		const deliveries = Object.values(streams).map(({ prefix }) => prefix);
		lake.grantList(this.policy, ...deliveries, prefixes.heads, prefixes.incoming);
		alerts.grantPublish(this.policy);
		landing.grantReceive(this.policy);
		fileDrop.grantReceive(this.policy);
		this.maintenancePolicy = new ManagedPolicy(this, 'MaintenancePolicy', {
			description: 'Runs vacuum and forget of shoplake: for the role or user of Airflow, in addition',
		});
		this.grantMaintain(runner);
	}

	/** By wildcards, because a managed policy has a limit of length. A role on the path decides what can start. */
	private grantRun(runner: TaskRunner): void {
		const families = airflowStepNames.map((step) => step.replace(/ .*/, '-*'));
		this.grantRunTask(this.policy, runner, [...new Set(families)]);
		const roles = Stack.of(this).formatArn({
			service: 'iam',
			region: '',
			resource: 'role',
			resourceName: `${runner.airflowPath.slice(1)}*`,
		});
		allow(this.policy, { actions: ['iam:PassRole'], resources: [roles], conditions: toTasks });
		acknowledgeWildcards(this.policy, [roles], 'Only the roles of these steps have the path.');
	}

	private grantMaintain(runner: TaskRunner): void {
		this.grantRunTask(this.maintenancePolicy, runner, maintenanceStepNames.map(stepResourceName));
		const resources = maintenanceStepNames.map((step) => runner.taskRoles[step].roleArn);
		allow(this.maintenancePolicy, { actions: ['iam:PassRole'], resources, conditions: toTasks });
	}

	private grantRunTask(policy: ManagedPolicy, { cluster, family }: TaskRunner, steps: readonly string[]): void {
		const resources = steps.map((step) =>
			Stack.of(this).formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${family}-${step}:*` }),
		);
		const conditions = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
		allow(policy, { actions: ['ecs:RunTask'], resources, conditions });
		acknowledgeWildcards(policy, resources, 'Each deployment that changes a task definition creates a revision.');
	}

	private grantWatch({ cluster }: TaskRunner): void {
		const conditions = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
		const tasks = Stack.of(this).formatArn({
			service: 'ecs',
			resource: 'task',
			resourceName: `${cluster.clusterName}/*`,
		});
		allow(this.policy, { actions: ['ecs:StopTask', 'ecs:DescribeTasks'], resources: [tasks], conditions });
		allow(this.policy, { actions: ['ecs:ListTasks'], resources: ['*'], conditions });
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
		allow(this.policy, { actions: ['logs:GetLogEvents'], resources: [streams] });
		acknowledgeWildcards(this.policy, [streams], 'Each task has its own stream.');
	}
}
