import { listGrants } from '../support/grants';
import { synthesize } from '../support/synth';

const template = synthesize();
const onlyResource = (type: string) => {
	const [only, ...others] = Object.values(template.findResources(type));
	expect(others).toEqual([]);
	return only;
};

test('events are sent by POST /events, signed unless the deployment opens the API', () => {
	const route = onlyResource('AWS::ApiGatewayV2::Route');
	expect(route?.Properties).toMatchObject({
		RouteKey: 'POST /events',
		AuthorizationType: { Ref: 'EventsAuthorization' },
	});
	template.hasParameter('EventsAuthorization', { Default: 'AWS_IAM', AllowedValues: ['AWS_IAM', 'NONE'] });
});

test('requests are throttled and logged', () => {
	expect(onlyResource('AWS::ApiGatewayV2::Stage')?.Properties).toMatchObject({
		StageName: '$default',
		DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
		AccessLogSettings: { Format: expect.stringContaining('$context.status') },
	});
});

test('the function may put events into the stream, write its log and nothing else', () => {
	expect(listGrants(template, 'EventEntryAnswerRole')).toEqual([
		{ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: ['EventEntryAnswerLog'] },
		{ actions: ['firehose:PutRecordBatch'], on: ['EventsStream'] },
	]);
});
