import { Duration } from 'aws-cdk-lib';
import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { streams } from '../../tasks/contracts/streams';
import { metricNamespace, oldestUnsealed } from '../../tasks/operations/alerts/metric-namespace';
import { createAlarm, errorAlarm } from '../operations/alarms';
import type { Alerts } from '../operations/alerts';
import type { LakeStorage } from '../storage/lake-storage';
import { NodeFunction } from '../tasks/node-function';
import { grantPutMetrics } from '../tasks/put-metrics';

/** A listing of a month of deliveries costs a tenth of a cent. */
const period = Duration.hours(6);
const longest = Duration.hours(24);

/**
 * An alarm that says that delivered objects have waited for a day to be sealed. A function of its own measures that, since
 * whoever seals may be what has stopped. Where nothing is delivered, nothing waits, and the alarm is silent.
 */
export class UnsealedAlarm extends Construct {
	readonly measure: NodeFunction;
	/** For what waits, and for the function. */
	readonly alarms: readonly Alarm[];

	constructor(scope: Construct, id: string, { lake, alerts }: { readonly lake: LakeStorage; readonly alerts: Alerts }) {
		super(scope, id);
		this.measure = new NodeFunction(this, 'Measure', {
			handler: 'tasks/lambdas/measure-unsealed.ts',
			description: 'Measures for how long delivered objects have not been sealed',
			timeout: Duration.minutes(2),
			memoryMiB: 256,
			environment: { BUCKET_NAME: lake.bucket.bucketName },
		});
		lake.grantRead(this.measure.role, '_hints/');
		lake.grantList(this.measure.role, ...Object.values(streams).map(({ prefix }) => prefix));
		grantPutMetrics(this.measure.role);
		new Rule(this, 'Rule', {
			description: 'Measures for how long delivered objects have not been sealed',
			schedule: Schedule.rate(period),
			targets: [new LambdaFunction(this.measure.lambda)],
		});
		this.alarms = [
			this.ageAlarm(),
			errorAlarm(
				this.measure,
				'Nobody knows whether delivered objects wait to be sealed: the function that measures it fails; its log says why.',
			),
		];
		for (const alarm of this.alarms) alerts.on(alarm);
	}

	private ageAlarm(): Alarm {
		return createAlarm(this, 'Alarm', {
			description: `Delivered events or live orders have not been sealed for ${longest.toHours()} hours, so they are in no table. Does the DAG shoplake_streams run? 'shoplake stream seal' says what is wrong. Nothing is lost: S3 keeps them until they are sealed.`,
			metric: new Metric({ namespace: metricNamespace, metricName: oldestUnsealed, period, statistic: 'Maximum' }),
			threshold: longest.toHours(),
			// The function may run just after a period has ended. Its failures have an alarm of their own.
			treatMissingData: TreatMissingData.IGNORE,
		});
	}
}
