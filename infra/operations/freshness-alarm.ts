import { CfnCondition, Duration, Fn } from 'aws-cdk-lib';
import { Alarm, type CfnAlarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { stackParameter } from '../stack-parameter';
import type { Alerts } from './alerts';

/** A daily run starts at the same hour, and may take a few. */
const longestSilence = Duration.hours(30);
const period = Duration.hours(1);

/**
 * An alarm that says 'yesterday did not run': no KPI has reached DynamoDB for 30 hours, whatever the reason, the scheduler
 * itself included. Off until the parameter `FreshnessAlarm` is `on`: a stack that nobody uses yet would sound it.
 */
export class FreshnessAlarm extends Construct {
	readonly alarm: Alarm;

	constructor(scope: Construct, id: string, { kpis, alerts }: { readonly kpis: Table; readonly alerts: Alerts }) {
		super(scope, id);
		const parameter = stackParameter(this, 'FreshnessAlarm', {
			description: 'Whether an alarm says that no KPI was written for 30 hours: on or off',
			allowedValues: ['on', 'off'],
			default: 'off',
		});
		const isOn = new CfnCondition(this, 'IsOn', { expression: Fn.conditionEquals(parameter, 'on') });
		const hours = longestSilence.toHours();
		this.alarm = new Alarm(this, 'Alarm', {
			alarmDescription: `No KPI was written to ${kpis.node.id} for ${hours} hours: the daily run did not start, or it failed. 'shoplake status' says what is missing.`,
			metric: kpis.metricConsumedWriteCapacityUnits({ period, statistic: 'Sum' }),
			threshold: 0,
			comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
			evaluationPeriods: hours / period.toHours(),
			// DynamoDB reports nothing in an hour without writes.
			treatMissingData: TreatMissingData.BREACHING,
		});
		(this.alarm.node.defaultChild as CfnAlarm).cfnOptions.condition = isOn;
		alerts.on(this.alarm);
	}
}
