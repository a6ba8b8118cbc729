import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alerts } from '../operations/alerts';
import { atOnce, closedQueue, maxReceives, peak } from '../operations/closed-queue';
import type { LakeStorage } from '../storage/lake-storage';

/**
 * The post box of uploads: whoever has put a batch into the landing zone says so by an object `_READY`
 * (`landing/orders/batch=<id>/_READY`, or `landing/batch=<id>/_READY` for all its datasets), and S3 leaves a message
 * about that object here.
 *
 * @example
 * const landing = new Landing(this, 'Landing', { lake, alerts });
 * landing.grantReceive(whoRunsAirflow);
 */
export class Landing extends Construct {
	/** A message an announced batch, until somebody takes it; two weeks at most. */
	readonly queue: Queue;
	/** What was taken five times, and never done with. */
	readonly deadLetters: Queue;
	/** That messages wait too long, and that some were put aside. */
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
		lake.announce(this.queue, { prefix: 'landing/', suffix: '_READY' });
		this.alarms = [this.waitTooLong(), this.areNotUnderstood()];
		for (const alarm of this.alarms) alerts.on(alarm);
	}

	/** Lets somebody take messages. */
	grantReceive(grantee: IGrantable): void {
		this.queue.grantConsumeMessages(grantee);
	}

	private waitTooLong(): Alarm {
		return new Alarm(this, 'NotTaken', {
			alarmDescription: `Batches wait in the landing zone for an hour. Does Airflow run, and is its DAG shoplake_landing unpaused? (stack ${Stack.of(this).stackName})`,
			metric: this.queue.metricApproximateAgeOfOldestMessage(peak),
			threshold: Duration.hours(1).toSeconds(),
			...atOnce,
		});
	}

	private areNotUnderstood(): Alarm {
		return new Alarm(this, 'NotUnderstood', {
			alarmDescription: `A message about an upload was received ${maxReceives} times and never deleted. Read it in the dead-letter queue, then redrive it. (stack ${Stack.of(this).stackName})`,
			metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(peak),
			threshold: 1,
			...atOnce,
		});
	}
}
