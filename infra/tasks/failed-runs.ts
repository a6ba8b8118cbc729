import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { metricNamespace } from '../../tasks/operations/alerts/metric-namespace';
import { createAlarm } from '../operations/alarms';
import type { Alerts } from '../operations/alerts';
import { closedQueue } from '../operations/closed-queue';
import type { TaskRunner } from './task-runner';

/** A day, and time for a run that starts late. */
const longestWithoutRun = Duration.hours(26);

/**
 * What becomes of daily runs that go wrong: a queue of those that could not be started or that failed, an alarm for each, and
 * one if none has ended well for a day.
 *
 * @example
 * const failed = new FailedRuns(this, 'Failed', { runner, alerts });
 */
export class FailedRuns extends Construct {
	/** The requests of a schedule that started no task, and ECS's events of tasks that failed; kept for two weeks. */
	readonly queue: Queue;

	constructor(
		scope: Construct,
		id: string,
		{ runner, alerts }: { readonly runner: TaskRunner; readonly alerts: Alerts },
	) {
		super(scope, id);
		this.queue = new Queue(this, 'Queue', closedQueue);
		Validations.of(this.queue).acknowledge({
			id: 'AwsSolutions-SQS3',
			reason: 'It is a queue of dead letters itself: a person reads it.',
		});
		this.collectFailedTasks(runner);
		const action = new SnsAction(alerts.topic);
		// Without word of its end: the alarm ends after five minutes, and the failure does not.
		this.failureAlarm().addAlarmAction(action);
		alerts.on(this.silenceAlarm(runner));
	}

	/** Also a task that never ran: no capacity, no image, no address. */
	private collectFailedTasks({ cluster, family }: TaskRunner): void {
		const definition = Stack.of(this).formatArn({
			service: 'ecs',
			resource: 'task-definition',
			resourceName: `${family}-run:`,
		});
		new Rule(this, 'Rule', {
			description: "A task 'shoplake run' has failed or did not start",
			eventPattern: {
				source: ['aws.ecs'],
				detailType: ['ECS Task State Change'],
				detail: {
					clusterArn: [cluster.clusterArn],
					taskDefinitionArn: [{ prefix: definition }],
					lastStatus: ['STOPPED'],
					$or: [
						{ containers: { exitCode: [{ 'anything-but': 0 }] } },
						{ stopCode: [{ 'anything-but': 'EssentialContainerExited' }] },
					],
				},
			},
			targets: [new SqsQueue(this.queue)],
		});
	}

	private failureAlarm(): Alarm {
		return createAlarm(this, 'Alarm', {
			metric: this.queue.metricNumberOfMessagesSent({ period: Duration.minutes(5), statistic: 'Sum' }),
			threshold: 1,
			description:
				"A daily run could not be started, or it failed: the newest message in the queue of failed runs has the command and the reason, its log has the error. Run it again by hand with 'run --batch ID'.",
		});
	}

	private silenceAlarm({ logGroup }: TaskRunner): Alarm {
		const filter = new MetricFilter(this, 'EndedWell', {
			logGroup,
			filterPattern: FilterPattern.literal(
				'{ ($.task = "run") && (($.status = "published") || ($.status = "unchanged")) }',
			),
			metricNamespace,
			metricName: 'RunsEndedWell',
			metricValue: '1',
		});
		const period = Duration.hours(1);
		return new Alarm(this, 'SilenceAlarm', {
			alarmDescription: `No 'shoplake run' has ended well for ${longestWithoutRun.toHours()} hours: yesterday's batch is not loaded. It also goes off when daily runs are switched on, until the first one. (stack ${Stack.of(this).stackName})`,
			metric: filter.metric({ period, statistic: 'Sum' }),
			threshold: 1,
			comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
			evaluationPeriods: longestWithoutRun.toHours(),
			treatMissingData: TreatMissingData.BREACHING,
		});
	}
}
