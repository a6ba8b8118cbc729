import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LakePrefix } from '../../tasks/lake/layout';
import { metricNamespace } from '../../tasks/operations/alerts/metric-namespace';
import { ageAlarm, createAlarm, deadLetterAlarm } from '../operations/alarms';
import type { Alerts } from '../operations/alerts';
import { createQueue, maxReceives } from '../operations/closed-queue';
import type { LakeStorage } from '../storage/lake-storage';

/** A place for uploads in the lake's bucket, and the DAG that processes them. */
interface UploadPlace {
	readonly prefix: LakePrefix;
	/** Only objects whose keys end in one of these are announced. */
	readonly suffixes: readonly string[];
	/** The DAG that a message starts. */
	readonly dag: string;
	/** What the alarm says that is waiting, such as `Batches in the landing zone`. */
	readonly uploads: string;
	/** How to fix a message in the dead-letter queue. */
	readonly deadLetterFix: string;
	/** The metric in which the DAG counts failed batches. */
	readonly failureMetric?: string;
}

/**
 * Batches in the landing zone. The uploader announces a complete batch by an object `_READY`:
 * `landing/orders/batch=<id>/_READY` for one dataset, `landing/batch=<id>/_READY` for all.
 */
export const landingZone: UploadPlace = {
	prefix: 'landing/',
	suffixes: ['_READY'],
	dag: 'shoplake_landing',
	uploads: 'Batches in the landing zone',
	deadLetterFix: 'Read the message in the dead-letter queue, then redrive it.',
};

/** CSV files of the file drop. The content of a message does not matter: the DAG lists the files that are there. */
export const fileDrop: UploadPlace = {
	prefix: 'incoming/',
	suffixes: ['.csv', '.csv.gz'],
	dag: 'shoplake_file_drop',
	uploads: 'Files of the file drop',
	deadLetterFix: 'The schedule finds the files without it: read the message in the dead-letter queue, then delete it.',
	failureMetric: 'PipelineFailures',
};

/**
 * A queue in which S3 leaves a message for every announced upload, with its dead-letter queue and alarms.
 *
 * @example
 * const landing = new UploadQueue(this, 'Landing', { lake, alerts, place: landingZone });
 * landing.grantReceive(airflowRole);
 */
export class UploadQueue extends Construct {
	/** A message for each announced upload, kept until the DAG has processed it, for two weeks at most. */
	readonly queue: Queue;
	/** Messages that were received five times and never deleted. */
	readonly deadLetters: Queue;
	/** For failed batches, messages that wait too long, and dead letters. */
	readonly alarms: readonly Alarm[];

	constructor(
		scope: Construct,
		id: string,
		props: { readonly lake: LakeStorage; readonly alerts: Alerts; readonly place: UploadPlace },
	) {
		super(scope, id);
		const { lake, alerts, place } = props;
		const { queue, deadLetters } = createQueue(this, { visibilityTimeout: Duration.minutes(5) });
		this.queue = queue;
		this.deadLetters = deadLetters;
		for (const suffix of place.suffixes) lake.announce(queue, { prefix: place.prefix, suffix });
		const queueAlarms = this.queueAlarms(place);
		for (const alarm of queueAlarms) alerts.on(alarm);
		// Without an alert: the task that counts a failure sends one itself, with the details.
		const failureAlarms = place.failureMetric ? [this.failureAlarm(place.failureMetric)] : [];
		this.alarms = [...failureAlarms, ...queueAlarms];
	}

	/** Allows receiving and deleting messages. */
	grantReceive(grantee: IGrantable): void {
		this.queue.grantConsumeMessages(grantee);
	}

	private queueAlarms({ uploads, dag, deadLetterFix }: UploadPlace): Alarm[] {
		return [
			ageAlarm(this, this.queue, {
				limit: Duration.hours(1),
				description: `${uploads} were announced an hour ago, and no run has started. Is Airflow running, and its DAG ${dag} unpaused?`,
			}),
			deadLetterAlarm(
				this,
				this.deadLetters,
				`${uploads} were announced by a message that was received ${maxReceives} times and never deleted. ${deadLetterFix}`,
			),
		];
	}

	/** For the dashboard, and for actions of a user's own. */
	private failureAlarm(metricName: string): Alarm {
		const period = Duration.minutes(5);
		return createAlarm(this, 'FailureAlarm', {
			metric: new Metric({ namespace: metricNamespace, metricName, statistic: 'Sum', period }),
			threshold: 1,
			description:
				"A file drop has failed. The task's alert says which batch and how to fix it; so does 'shoplake filedrop status'.",
		});
	}
}
