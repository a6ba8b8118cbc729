import { type CfnCondition, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type CfnRoute, type CfnStage, CorsHttpMethod, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { NodeFunction } from '../tasks/node-function';
import { allow, type PolicyHolder } from '../tasks/policy-holder';
import { authorizeCallers } from './entry-authorization';
import { limitRequests, requestAlarms } from './entry-limits';
import type { LakeDelivery } from './lake-delivery';

const path = '/events';

/**
 * Accepts events by HTTP and puts the valid ones into a delivery stream: `POST /events`, see tasks/lambdas/http-entry.ts.
 * Callers sign their requests, or bring a token, unless the deployment opens the API to everyone.
 *
 * @example
 * new EventEntry(this, 'Entry', { delivery: events });
 */
export class EventEntry extends Construct {
	readonly api: HttpApi;
	/** Where to post events. */
	readonly url: string;
	/** The function that answers. */
	readonly handler: NodeFunction;
	/** For requests that are too many, refused or failed. */
	readonly alarms: readonly Alarm[];

	/** `environment` is that of the tasks, as far as validation depends on it. */
	constructor(
		scope: Construct,
		id: string,
		{
			delivery,
			environment = {},
		}: { readonly delivery: LakeDelivery; readonly environment?: Readonly<Record<string, string>> },
	) {
		super(scope, id);
		this.handler = new NodeFunction(this, 'Answer', {
			handler: 'tasks/lambdas/http-entry.ts',
			description: 'Validates events sent by HTTP and puts the valid ones into the event stream',
			timeout: Duration.seconds(20),
			memoryMiB: 512,
			environment: { STREAM_NAME: delivery.deliveryStream.ref, ...environment },
		});
		delivery.grantPut(this.handler.role);
		this.api = new HttpApi(this, 'Api', {
			description: 'Events of the shop',
			corsPreflight: {
				allowOrigins: ['*'],
				allowMethods: [CorsHttpMethod.POST],
				allowHeaders: ['content-type', 'authorization', 'x-amz-date', 'x-amz-security-token'],
				maxAge: Duration.days(1),
			},
		});
		this.url = `${this.api.apiEndpoint}${path}`;
		const takesStrangers = this.routeRequests();
		this.logRequests();
		this.alarms = requestAlarms(this, this.api, takesStrangers);
	}

	/** Allows to post events with signed requests. */
	grantPost(holder: PolicyHolder): void {
		allow(holder, {
			actions: ['execute-api:Invoke'],
			resources: [this.api.arnForExecuteApi(HttpMethod.POST, path, '$default')],
		});
	}

	private routeRequests(): CfnCondition {
		const integration = new HttpLambdaIntegration('Integration', this.handler.lambda);
		const [route] = this.api.addRoutes({ path, methods: [HttpMethod.POST], integration });
		return authorizeCallers(this, route?.node.defaultChild as CfnRoute);
	}

	private logRequests(): void {
		const log = new LogGroup(this, 'Requests', {
			retention: RetentionDays.ONE_MONTH,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		const stage = this.api.defaultStage?.node.defaultChild as CfnStage;
		limitRequests(this, stage);
		stage.accessLogSettings = {
			destinationArn: log.logGroupArn,
			format: JSON.stringify({
				requestId: '$context.requestId',
				time: '$context.requestTime',
				address: '$context.identity.sourceIp',
				agent: '$context.identity.userAgent',
				// A signed request has the ARN of its caller, one with a token the subject of the token.
				caller: '$context.identity.userArn',
				subject: '$context.authorizer.claims.sub',
				route: '$context.routeKey',
				status: '$context.status',
				bytes: '$context.responseLength',
				ms: '$context.responseLatency',
				error: '$context.error.message',
			}),
		};
	}
}
