import { type CfnCondition, Duration } from 'aws-cdk-lib';
import type { CfnStage, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm, CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { createAlarm } from '../operations/alarms';
import { stackParameter } from '../stack-parameter';

/** Limits what requests can cost: a request over the limits is answered by 429, and costs what API Gateway takes for it. */
export function limitRequests(scope: Construct, stage: CfnStage): void {
	stage.defaultRouteSettings = {
		throttlingRateLimit: numberParameter(scope, 'EventsRateLimit', {
			description: 'Requests that POST /events takes a second; it answers 429 to more',
			default: 100,
		}),
		throttlingBurstLimit: numberParameter(scope, 'EventsBurstLimit', {
			description: 'Requests that POST /events takes at once',
			default: 200,
		}),
	};
}

/**
 * Alarms for more requests than the shop expects, where strangers can send them, for callers that are refused, and for
 * requests that fail.
 */
export function requestAlarms(scope: Construct, api: HttpApi, takesStrangers: CfnCondition): Alarm[] {
	const often = numberParameter(scope, 'EventsRequestsAlarm', {
		description: 'Requests to POST /events within an hour that set off an alarm',
		default: 50_000,
	});
	const hour = { period: Duration.hours(1), statistic: 'Sum' };
	const quarter = { period: Duration.minutes(15), statistic: 'Sum' };
	const many = createAlarm(scope, 'RequestsAlarm', {
		metric: api.metricCount(hour),
		threshold: often,
		description:
			'POST /events gets more requests within an hour than EventsRequestsAlarm expects, and each costs money: the access log says from whom. EventsAuthorization shuts strangers out, EventsRateLimit limits the rest.',
	});
	(many.node.defaultChild as CfnAlarm).cfnOptions.condition = takesStrangers;
	return [
		many,
		createAlarm(scope, 'RefusedAlarm', {
			metric: api.metricClientError(quarter),
			threshold: 100,
			description:
				'POST /events has refused 100 requests within 15 minutes: invalid events (400), no right (401, 403), or too many requests (429). The access log says which, and from whom.',
		}),
		createAlarm(scope, 'FailedAlarm', {
			metric: api.metricServerError(quarter),
			threshold: 1,
			description:
				'POST /events fails: the function failed (500; its log says why), or the stream did not take the events (503). Callers may retry.',
		}),
	];
}

const numberParameter = (scope: Construct, name: string, props: { description: string; default: number }): number =>
	stackParameter(scope, name, { type: 'Number', minValue: 1, ...props }).valueAsNumber;
