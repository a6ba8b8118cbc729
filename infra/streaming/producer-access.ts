import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allow } from '../tasks/policy-holder';
import type { EventEntry } from './event-entry';
import type { LakeDelivery } from './lake-delivery';
import type { LiveOrders } from './live-orders';

/**
 * What a shop's system may do that sends events and orders: put events into the delivery stream, and orders into `OrderTable`.
 * It reads nothing.
 *
 * @example
 * const producer = new ProducerAccess(this, 'Producer', { events, entry, liveOrders });
 * // aws iam attach-role-policy --role-name shop-backend --policy-arn "$SHOPLAKE_PRODUCER_POLICY"
 */
export class ProducerAccess extends Construct {
	readonly policy: ManagedPolicy;

	constructor(
		scope: Construct,
		id: string,
		{
			events,
			entry,
			liveOrders,
		}: { readonly events: LakeDelivery; readonly entry: EventEntry; readonly liveOrders: LiveOrders },
	) {
		super(scope, id);
		this.policy = new ManagedPolicy(this, 'Policy', {
			description: 'Sends events and orders: for the systems of a shop',
		});
		allow(this.policy, {
			actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
			resources: [events.deliveryStream.attrArn],
		});
		entry.grantPost(this.policy);
		allow(this.policy, { actions: ['dynamodb:PutItem'], resources: [liveOrders.table.tableArn] });
	}
}
