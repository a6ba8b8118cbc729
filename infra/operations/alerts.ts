import { Aws, CfnCondition, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { stackParameter } from '../stack-parameter';

/** What a publisher to an encrypted topic needs. */
const useKey = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * The topic of the stack's alarms and of tasks that failed for good.
 *
 * @example
 * const alerts = new Alerts(this, 'Alerts');
 * alerts.on(queue.metricApproximateAgeOfOldestMessage().createAlarm(this, 'Waiting', { threshold: 3600, evaluationPeriods: 1 }));
 */
export class Alerts extends Construct {
	/** Sends to the address that the deployment names, and to any other subscriber. */
	readonly topic: Topic;
	private readonly key: Key;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		// Alarms can't publish to a topic encrypted by the key that AWS manages: its policy can't be changed to allow them.
		// It encrypts only messages on their way, so nothing is lost with it; a key that stays costs $1 a month.
		this.key = new Key(this, 'Key', {
			description: 'Alerts of shoplake',
			enableKeyRotation: true,
			// Each of the first two rotations adds $1 a month. The key protects messages for seconds, so the longest period does.
			rotationPeriod: Duration.days(2560),
			removalPolicy: RemovalPolicy.DESTROY,
			pendingWindow: Duration.days(7),
		});
		this.key.addToResourcePolicy(
			new PolicyStatement({
				principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
				actions: useKey,
				resources: ['*'],
				conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
		);
		this.topic = new Topic(this, 'Topic', { displayName: 'shoplake', masterKey: this.key, enforceSSL: true });
		this.topic.addToResourcePolicy(
			new PolicyStatement({
				principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
				actions: ['sns:Publish'],
				resources: [this.topic.topicArn],
				conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
			}),
		);
		this.subscribeAddress();
	}

	/** Sends an alert when an alarm goes off, and when it is over. */
	on(alarm: Alarm): void {
		const action = new SnsAction(this.topic);
		alarm.addAlarmAction(action);
		alarm.addOkAction(action);
	}

	/** Allows publishing an alert, and using the key that encrypts it. */
	grantPublish(grantee: IGrantable): void {
		const { grantPrincipal } = grantee;
		grantPrincipal.addToPrincipalPolicy(
			new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
		);
		grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: useKey, resources: [this.key.keyArn] }));
	}

	private subscribeAddress(): void {
		const address = stackParameter(this, 'AlertsEmail', {
			description: 'An e-mail address for alerts, which AWS asks to confirm; empty for none',
			default: '',
		});
		const hasAddress = new CfnCondition(this, 'HasAlertsEmail', {
			expression: Fn.conditionNot(Fn.conditionEquals(address, '')),
		});
		const subscription = new CfnSubscription(this, 'Email', {
			topicArn: this.topic.topicArn,
			protocol: 'email',
			endpoint: address.valueAsString,
		});
		subscription.cfnOptions.condition = hasAddress;
	}
}
