import { Aws, CfnCondition, type CfnParameter, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { UploadQueue } from '../filedrop/upload-queue';
import type { Alerts } from '../operations/alerts';
import { stackParameter } from '../stack-parameter';
import { FailedRuns } from './failed-runs';
import type { Network } from './network';
import type { TaskRunner } from './task-runner';
import { acknowledgeWildcards } from './wildcards';

/**
 * The pipeline without Airflow: `shoplake run` as one task, started each day by a schedule and at once by an object `_READY`.
 * It exists only if the deployment names an hour by its parameter `DailyRunHour`.
 *
 * @example
 * new DailyRuns(this, 'DailyRuns', { runner, network, landing, alerts });
 */
export class DailyRuns extends Construct {
	/** Runs that could not be started, or that failed. */
	readonly failed: FailedRuns;
	/** Whether the deployment asks for daily runs. */
	readonly isOn: CfnCondition;

	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly runner: TaskRunner;
			readonly network: Network;
			/** The announcements of uploaded batches. Airflow must not receive them too. */
			readonly landing: UploadQueue;
			readonly alerts: Alerts;
		},
	) {
		super(scope, id);
		const hour = this.hourParameter();
		this.isOn = new CfnCondition(this, 'IsOn', { expression: Fn.conditionNot(Fn.conditionEquals(hour, '')) });
		this.failed = new FailedRuns(this, 'Failed', props);
		this.schedule(hour.valueAsString, props);
		this.startAnnounced(props);
		for (const resource of this.node.findAll().filter(CfnResource.isCfnResource)) {
			resource.cfnOptions.condition = this.isOn;
		}
	}

	private hourParameter(): CfnParameter {
		return stackParameter(this, 'DailyRunHour', {
			description:
				"The hour (UTC, 0 to 23) at which 'shoplake run' loads the batch of the day before, without Airflow; empty for never",
			allowedPattern: '([0-9]|1[0-9]|2[0-3])?',
			constraintDescription: 'an hour from 0 to 23, or empty',
			default: '',
		});
	}

	private schedule(hour: string, { runner, network }: { runner: TaskRunner; network: Network }): void {
		const role = this.createStarter('ScheduleRole', 'scheduler.amazonaws.com', runner);
		this.failed.queue.grantSendMessages(role);
		// The time is the one that the schedule names, whenever the task starts and however often that is tried: a late start
		// loads the same batch.
		const command = ['run', '--scheduled-at', '<aws.scheduler.scheduled-time>'];
		const schedule = new CfnSchedule(this, 'Schedule', {
			description: 'Loads the batch of the day before',
			scheduleExpression: `cron(0 ${hour} * * ? *)`,
			scheduleExpressionTimezone: 'UTC',
			flexibleTimeWindow: { mode: 'OFF' },
			target: {
				arn: runner.cluster.clusterArn,
				roleArn: role.roleArn,
				ecsParameters: {
					taskDefinitionArn: runner.definitions.run.taskDefinitionArn,
					launchType: 'FARGATE',
					taskCount: 1,
					propagateTags: 'TASK_DEFINITION',
					networkConfiguration: awsvpc(network),
				},
				input: JSON.stringify({ containerOverrides: [{ name: runner.containerName, command }] }),
				retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 185 },
				deadLetterConfig: { arn: this.failed.queue.queueArn },
			},
		});
		schedule.node.addDependency(role.node.findChild('DefaultPolicy'));
	}

	/** A message that starts no task stays in the queue, and goes to its dead letters after five tries. */
	private startAnnounced({
		runner,
		network,
		landing,
	}: {
		runner: TaskRunner;
		network: Network;
		landing: UploadQueue;
	}): void {
		const role = this.createStarter('PipeRole', 'pipes.amazonaws.com', runner);
		landing.grantReceive(role);
		const pipe = new CfnPipe(this, 'Pipe', {
			description: 'Starts a run for each announced batch',
			roleArn: role.roleArn,
			source: landing.queue.queueArn,
			sourceParameters: {
				sqsQueueParameters: { batchSize: 1 },
				// S3's own test of the queue has the field; announcements don't.
				filterCriteria: { filters: [{ pattern: JSON.stringify({ body: { Event: [{ exists: false }] } }) }] },
			},
			target: runner.cluster.clusterArn,
			targetParameters: {
				ecsTaskParameters: {
					taskDefinitionArn: runner.definitions.run.taskDefinitionArn,
					launchType: 'FARGATE',
					taskCount: 1,
					propagateTags: 'TASK_DEFINITION',
					networkConfiguration: awsvpc(network),
					overrides: {
						containerOverrides: [
							{ name: runner.containerName, command: ['run', '--ready', '$.body.Records[0].s3.object.key'] },
						],
					},
				},
			},
		});
		pipe.node.addDependency(role.node.findChild('DefaultPolicy'));
	}

	/** A role that may start the task `run`, and nothing else. */
	private createStarter(id: string, service: string, runner: TaskRunner): Role {
		const { cluster, family, taskRoles, executionRole } = runner;
		const role = new Role(this, id, {
			description: "Starts 'shoplake run'",
			assumedBy: new ServicePrincipal(service, {
				conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
		});
		const revisions = Stack.of(this).formatArn({
			service: 'ecs',
			resource: 'task-definition',
			resourceName: `${family}-run:*`,
		});
		const grants = [
			{
				actions: ['ecs:RunTask'],
				resources: [revisions],
				conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
			},
			{
				actions: ['iam:PassRole'],
				resources: [executionRole.roleArn, taskRoles.run.roleArn],
				conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
			},
		];
		for (const grant of grants) role.addToPolicy(new PolicyStatement(grant));
		runner.grantTagTasks(role);
		acknowledgeWildcards(role, [revisions], 'Each deployment that changes the task definition creates a revision.');
		return role;
	}
}

const awsvpc = ({ subnetIds, tasks, publicIp }: Network) => ({
	awsvpcConfiguration: { subnets: subnetIds, securityGroups: [tasks.securityGroupId], assignPublicIp: publicIp },
});
