import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { metricNamespace } from '../../tasks/operations/alerts/metric-namespace';
import type { Alerts } from '../operations/alerts';
import { atOnce, closedQueue, maxReceives, peak } from '../operations/closed-queue';
import type { LakeStorage } from '../storage/lake-storage';

/**
 * Where files are dropped: S3 leaves a message for every `incoming/…csv` and `incoming/…csv.gz`, by which the DAG
 * `shoplake_file_drop` starts. What a message says does not matter: the DAG looks at what is there.
 *
 * @example
 * const fileDrop = new FileDrop(this, 'FileDrop', { lake, alerts });
 * fileDrop.grantReceive(whoRunsAirflow);
 */
export class FileDrop extends Construct {
	/** A message a dropped file, until the DAG is started by it; two weeks at most. */
	readonly queue: Queue;
	/** What was taken five times, and never done with. */
	readonly deadLetters: Queue;
	/** That a batch has failed, that messages wait too long, and that some were put aside. */
	readonly alarms: readonly Alarm[];

	constructor(scope: Construct, id: string, { lake, alerts }: { readonly lake: LakeStorage; readonly alerts: Alerts }) {
		super(scope, id);
		this.deadLetters = new Queue(this, 'DeadLetters', closedQueue);
		this.queue = new Queue(this, 'Queue', {
			...closedQueue,
			receiveMessageWaitTime: Duration.seconds(20),
			visibilityTimeout: Duration.minutes(5),
			deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
		});
		for (const suffix of ['.csv', '.csv.gz']) lake.announce(this.queue, { prefix: 'incoming/', suffix });
		this.alarms = [this.haveFailed(), this.waitTooLong(), this.areNotTaken()];
		const [, ...others] = this.alarms;
		// Of a failure a person is told by the task itself, with all that is to be said: the alarm would tell once more.
		for (const alarm of others) alerts.on(alarm);
	}

	/** Lets somebody take messages. */
	grantReceive(grantee: IGrantable): void {
		this.queue.grantConsumeMessages(grantee);
	}

	/** As `shoplake filedrop notify` counts it; for the dashboard, and for whoever hangs an action of their own on it. */
	private haveFailed(): Alarm {
		return new Alarm(this, 'Failed', {
			alarmDescription: `A file drop has failed. The message of the task says which, and what to do; so does 'shoplake filedrop status'. (stack ${Stack.of(this).stackName})`,
			metric: new Metric({
				namespace: metricNamespace,
				metricName: 'PipelineFailures',
				statistic: 'Sum',
				period: Duration.minutes(5),
			}),
			threshold: 1,
			...atOnce,
		});
	}

	private waitTooLong(): Alarm {
		return new Alarm(this, 'NotTaken', {
			alarmDescription: `Dropped files were announced an hour ago, and no run has started. Does Airflow run, and is its DAG shoplake_file_drop unpaused? (stack ${Stack.of(this).stackName})`,
			metric: this.queue.metricApproximateAgeOfOldestMessage(peak),
			threshold: Duration.hours(1).toSeconds(),
			...atOnce,
		});
	}

	private areNotTaken(): Alarm {
		return new Alarm(this, 'PutAside', {
			alarmDescription: `A message about a dropped file was received ${maxReceives} times and never deleted. The files themselves are found by the schedule; read the message in the dead-letter queue, then delete it. (stack ${Stack.of(this).stackName})`,
			metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(peak),
			threshold: 1,
			...atOnce,
		});
	}
}
