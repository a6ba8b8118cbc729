import { listGrants } from '../support/grants';
import { summarizeGrants } from '../support/summarize-grants';
import { findLogicalId, synthesize } from '../support/synth';

const template = synthesize();
const topic = { Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') };

test('an alarm tells that delivered objects have not been sealed for a day; where none wait, it is silent', () => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		Namespace: 'shoplake',
		MetricName: 'OldestUnsealed',
		Statistic: 'Maximum',
		Period: 6 * 3600,
		EvaluationPeriods: 1,
		Threshold: 24,
		ComparisonOperator: 'GreaterThanOrEqualToThreshold',
		TreatMissingData: 'ignore',
		AlarmActions: [topic],
		OKActions: [topic],
	});
});

test('the function that measures runs by itself, whether or not anything is sealed, and its failures are an alarm', () => {
	const measure = findLogicalId(template, 'AWS::Lambda::Function', 'UnsealedMeasure');
	template.hasResourceProperties('AWS::Events::Rule', {
		ScheduleExpression: 'rate(6 hours)',
		State: 'ENABLED',
		Targets: [{ Arn: { 'Fn::GetAtt': [measure, 'Arn'] } }],
	});
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		Namespace: 'AWS/Lambda',
		MetricName: 'Errors',
		Dimensions: [{ Name: 'FunctionName', Value: { Ref: measure } }],
		AlarmActions: [topic],
	});
});

test('the function lists what was delivered, and reads no record', () => {
	expect(summarizeGrants(listGrants(template, 'UnsealedMeasureRole'))).toEqual({
		...{ 'logs:CreateLogStream': ['UnsealedMeasureLog'], 'logs:PutLogEvents': ['UnsealedMeasureLog'] },
		read: ['_hints/'],
		list: ['_hints/', 'bronze/live_events/', 'bronze/live_orders/'],
		'cloudwatch:PutMetricData': ['*'],
	});
});
