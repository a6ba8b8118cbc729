import { listGrants } from '../support/grants';
import { findLogicalId, synthesize } from '../support/synth';

const template = synthesize();
const onlyResource = (type: string) => {
	const [only, ...others] = Object.values(template.findResources(type));
	expect(others).toEqual([]);
	return only;
};

test('events are sent by POST /events, signed unless the deployment takes tokens or opens the API', () => {
	const route = onlyResource('AWS::ApiGatewayV2::Route');
	const authorizer = findLogicalId(template, 'AWS::ApiGatewayV2::Authorizer', '');
	const condition = onlyResource('AWS::ApiGatewayV2::Authorizer')?.Condition;
	expect(route?.Properties).toMatchObject({
		RouteKey: 'POST /events',
		AuthorizationType: { Ref: 'EventsAuthorization' },
		AuthorizerId: { 'Fn::If': [condition, { Ref: authorizer }, { Ref: 'AWS::NoValue' }] },
	});
	template.hasParameter('EventsAuthorization', { Default: 'AWS_IAM', AllowedValues: ['AWS_IAM', 'JWT', 'NONE'] });
	expect(template.toJSON().Conditions[condition]).toEqual({ 'Fn::Equals': [{ Ref: 'EventsAuthorization' }, 'JWT'] });
	expect(onlyResource('AWS::ApiGatewayV2::Authorizer')?.Properties).toMatchObject({
		AuthorizerType: 'JWT',
		IdentitySource: ['$request.header.Authorization'],
		JwtConfiguration: { Issuer: { Ref: 'EventsJwtIssuer' }, Audience: [{ Ref: 'EventsJwtAudience' }] },
	});
});

test('requests are limited, and the log says from whom they come', () => {
	const { StageName, DefaultRouteSettings, AccessLogSettings } =
		onlyResource('AWS::ApiGatewayV2::Stage')?.Properties ?? {};
	expect(StageName).toBe('$default');
	expect(DefaultRouteSettings).toEqual({
		ThrottlingRateLimit: { Ref: 'EventsRateLimit' },
		ThrottlingBurstLimit: { Ref: 'EventsBurstLimit' },
	});
	template.hasParameter('EventsRateLimit', { Type: 'Number', Default: 100, MinValue: 1 });
	template.hasParameter('EventsBurstLimit', { Type: 'Number', Default: 200, MinValue: 1 });
	expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
		status: '$context.status',
		address: '$context.identity.sourceIp',
		agent: '$context.identity.userAgent',
		caller: '$context.identity.userArn',
		subject: '$context.authorizer.claims.sub',
	});
});

test.each<[string, object]>([
	[
		'more requests than the deployment expects',
		{ MetricName: 'Count', Period: 3600, Threshold: { Ref: 'EventsRequestsAlarm' } },
	],
	['refused requests', { MetricName: '4xx', Period: 900, Threshold: 100 }],
	['failed requests', { MetricName: '5xx', Period: 900, Threshold: 1 }],
])('an alarm tells of %s, and none where there are no requests', (_, alarm) => {
	template.hasResourceProperties('AWS::CloudWatch::Alarm', {
		...alarm,
		Namespace: 'AWS/ApiGateway',
		Dimensions: [{ Name: 'ApiId', Value: { Ref: findLogicalId(template, 'AWS::ApiGatewayV2::Api', '') } }],
		Statistic: 'Sum',
		ComparisonOperator: 'GreaterThanOrEqualToThreshold',
		TreatMissingData: 'notBreaching',
		AlarmActions: [{ Ref: findLogicalId(template, 'AWS::SNS::Topic', 'AlertsTopic') }],
	});
});

test('the alarm about many requests exists where strangers can send them', () => {
	const [requests] = Object.values(
		template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'Count' } }),
	);
	expect(template.toJSON().Conditions[requests?.Condition]).toEqual({
		'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'EventsAuthorization' }, 'AWS_IAM'] }],
	});
});

test('the function may put events into the stream, write its log and nothing else', () => {
	expect(listGrants(template, 'EventEntryAnswerRole')).toEqual([
		{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['EventEntryAnswerLog'] },
		{ actions: ['firehose:PutRecordBatch'], on: ['EventsStream'] },
	]);
});
