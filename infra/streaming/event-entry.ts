import { CfnParameter, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type CfnRoute, type CfnStage, CorsHttpMethod, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { errorAlarm } from '../operations/alarms';
import { NodeFunction } from '../tasks/node-function';
import type { LakeDelivery } from './lake-delivery';

const path = '/events';
/** Requests a second, and at once; requests beyond that get 429. */
const throttle = { throttlingRateLimit: 500, throttlingBurstLimit: 1000 };

/**
 * Accepts events by HTTP and puts the valid ones into a delivery stream: `POST /events`, see tasks/lambdas/http-entry.ts.
 * Callers sign their requests unless the deployment opens the API to everyone, which browsers need.
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
	/** Goes off when the function fails; refused events are not failures. */
	readonly alarm: Alarm;

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
		this.routeRequests();
		this.logRequests();
		this.alarm = errorAlarm(
			this.handler,
			'The function that accepts events by HTTP fails; its log says why. Callers got 500 and may retry.',
		);
	}

	private routeRequests(): void {
		const authorization = new CfnParameter(this, 'EventsAuthorization', {
			description: 'Who may post events: callers of this account who sign their requests (AWS_IAM), or everyone (NONE)',
			allowedValues: ['AWS_IAM', 'NONE'],
			default: 'AWS_IAM',
		});
		authorization.overrideLogicalId('EventsAuthorization');
		const integration = new HttpLambdaIntegration('Integration', this.handler.lambda);
		const [route] = this.api.addRoutes({ path, methods: [HttpMethod.POST], integration });
		const definition = route?.node.defaultChild as CfnRoute;
		definition.authorizationType = authorization.valueAsString;
		Validations.of(definition).acknowledge({
			id: 'AwsSolutions-APIG4',
			reason: 'Requests have to be signed unless the deployment opens the API by a parameter.',
		});
	}

	private logRequests(): void {
		const log = new LogGroup(this, 'Requests', {
			retention: RetentionDays.ONE_MONTH,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		const stage = this.api.defaultStage?.node.defaultChild as CfnStage;
		stage.defaultRouteSettings = throttle;
		stage.accessLogSettings = {
			destinationArn: log.logGroupArn,
			format: JSON.stringify({
				requestId: '$context.requestId',
				time: '$context.requestTime',
				status: '$context.status',
				bytes: '$context.responseLength',
				ms: '$context.responseLatency',
				error: '$context.error.message',
			}),
		};
	}
}
