import { Match } from 'aws-cdk-lib/assertions';
import { findLogicalId, synthesize } from '../support/synth';

const template = synthesize();

test('the topic is encrypted by a key that alarms may use, and requires TLS', () => {
	template.hasResourceProperties('AWS::SNS::Topic', {
		KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlertsKey'), 'Arn'] },
	});
	template.hasResourceProperties('AWS::KMS::Key', {
		EnableKeyRotation: true,
		RotationPeriodInDays: 2560,
		KeyPolicy: {
			Statement: Match.arrayWith([
				Match.objectLike({
					Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
					Principal: { Service: 'cloudwatch.amazonaws.com' },
					Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
				}),
			]),
		},
	});
	template.hasResourceProperties('AWS::SNS::TopicPolicy', {
		PolicyDocument: {
			Statement: Match.arrayWith([
				Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
				Match.objectLike({ Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
			]),
		},
	});
});

test('alerts are sent by e-mail if the deployment names an address', () => {
	template.hasParameter('AlertsEmail', { Default: '' });
	const [subscription] = Object.values(template.findResources('AWS::SNS::Subscription'));
	expect(subscription).toMatchObject({
		Properties: {
			Protocol: 'email',
			Endpoint: { Ref: 'AlertsEmail' },
			TopicArn: { Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') },
		},
	});
	expect(template.toJSON().Conditions[subscription?.Condition]).toEqual({
		'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlertsEmail' }, ''] }],
	});
});

test('alarms of the streams send an alert when deliveries are late, changes are given up, a function fails, or requests are too many, refused or failed', () => {
	const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([id]) =>
		/^(Event|Live)/.test(id),
	);
	expect(alarms.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
		'EventEntryFailedAlarm',
		'EventEntryRefusedAlarm',
		'EventEntryRequestsAlarm',
		'EventsDelayAlarm',
		'LiveOrdersWayDeadLetterAlarm',
		'LiveOrdersWayDeliveryDelayAlarm',
		'LiveOrdersWayTransformErrorAlarm',
	]);
	for (const [, { Properties }] of alarms) expect(Properties.AlarmActions).toHaveLength(1);
});

test('no alarm is metric math, which the emulator does not support', () => {
	for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
		expect(Properties).not.toHaveProperty('Metrics');
	}
});

test('alerts are posted to a chat only if the deployment names a webhook, whose address is not shown', () => {
	template.hasParameter('AlertsWebhook', { Default: '', NoEcho: true });
	const resources = Object.entries(template.toJSON().Resources as Record<string, { Type: string; Condition?: string }>);
	const own = resources.filter(([id]) => id.startsWith('Chat'));
	expect(new Set(own.map(([, { Type }]) => Type))).toEqual(
		new Set([
			...['AWS::Lambda::Function', 'AWS::Lambda::Permission', 'AWS::SNS::Subscription', 'AWS::CloudWatch::Alarm'],
			...['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::Logs::LogGroup'],
		]),
	);
	const conditions = [...new Set(own.map(([, { Condition }]) => Condition ?? 'none'))];
	expect(conditions).toHaveLength(1);
	expect(template.toJSON().Conditions[conditions[0] as string]).toEqual({
		'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlertsWebhook' }, ''] }],
	});
});
