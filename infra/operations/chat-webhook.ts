import { CfnCondition, CfnResource, Duration, Fn } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { stackParameter } from '../stack-parameter';
import { NodeFunction } from '../tasks/node-function';
import { errorAlarm } from './alarms';
import type { Alerts } from './alerts';

/**
 * Posts alerts to a chat (Slack, Teams or one that takes Slack's messages), if the deployment names its webhook.
 *
 * @example
 * new ChatWebhook(this, 'Chat', { alerts });
 */
export class ChatWebhook extends Construct {
	readonly function: NodeFunction;

	constructor(scope: Construct, id: string, { alerts }: { readonly alerts: Alerts }) {
		super(scope, id);
		const address = stackParameter(this, 'AlertsWebhook', {
			description: 'The address of a Slack or Teams webhook for alerts; empty for none',
			default: '',
			noEcho: true,
		});
		const hasAddress = new CfnCondition(this, 'HasAlertsWebhook', {
			expression: Fn.conditionNot(Fn.conditionEquals(address, '')),
		});
		this.function = new NodeFunction(this, 'Post', {
			handler: 'tasks/lambdas/alert-webhook.ts',
			description: 'Posts alerts to a chat',
			timeout: Duration.seconds(15),
			memoryMiB: 128,
			environment: { WEBHOOK_URL: address.valueAsString },
		});
		this.subscribe(alerts.topic);
		// Its alert reaches the e-mail address; the chat gets it too, if it works again by then.
		alerts.on(errorAlarm(this.function, 'Alerts could not be posted to the chat: see the log of the function.'));
		for (const resource of this.node.findAll().filter(CfnResource.isCfnResource)) {
			resource.cfnOptions.condition ??= hasAddress;
		}
	}

	private subscribe(topic: Topic): void {
		topic.addSubscription(new LambdaSubscription(this.function.lambda));
	}
}
