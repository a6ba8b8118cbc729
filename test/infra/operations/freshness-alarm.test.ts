import { Match } from 'aws-cdk-lib/assertions';
import { findLogicalId, synthesize } from '../support/synth';

const template = synthesize();

test('an alarm tells that no KPI was written for 30 hours, also where nothing ran at all', () => {
	template.hasResource('AWS::CloudWatch::Alarm', {
		Condition: Match.stringLikeRegexp('^Freshness'),
		Properties: {
			Namespace: 'AWS/DynamoDB',
			MetricName: 'ConsumedWriteCapacityUnits',
			Dimensions: [
				{ Name: 'TableName', Value: { Ref: findLogicalId(template, 'AWS::DynamoDB::Table', 'ServingOrderKPIs') } },
			],
			Statistic: 'Sum',
			Period: 3600,
			EvaluationPeriods: 30,
			Threshold: 0,
			ComparisonOperator: 'LessThanOrEqualToThreshold',
			TreatMissingData: 'breaching',
			AlarmActions: [{ Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') }],
		},
	});
});

test('the alarm is off until the deployment wants it', () => {
	template.hasParameter('FreshnessAlarm', { Default: 'off', AllowedValues: ['on', 'off'] });
});
