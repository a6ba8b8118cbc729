import { CfnCondition, CfnResource, Fn, Token } from 'aws-cdk-lib';
import { StreamViewType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Alerts } from '../operations/alerts';
import { createOnDemandTable } from '../serving/on-demand-table';
import { stackParameter } from '../stack-parameter';
import type { LakeStorage } from '../storage/lake-storage';
import { LiveOrdersPipeline } from './live-orders-pipeline';

/**
 * `OrderTable`, and the pipeline that delivers its changes to the lake. The pipeline costs by the hour (a shard), so it
 * exists only if the deployment asks for it by its parameter `LiveOrders`.
 *
 * @example
 * const liveOrders = new LiveOrders(this, 'LiveOrders', { lake, alerts, compression: 'UNCOMPRESSED' });
 */
export class LiveOrders extends Construct {
	/** The newest state of each order; its stream holds every change for 24 hours. */
	readonly table: Table;
	readonly pipeline: LiveOrdersPipeline;
	/** Whether the pipeline exists. */
	readonly isOn: CfnCondition;

	constructor(
		scope: Construct,
		id: string,
		props: { readonly lake: LakeStorage; readonly alerts: Alerts; readonly compression: string },
	) {
		super(scope, id);
		this.table = createOnDemandTable(this, 'OrderTable', {
			partitionKey: 'orderid',
			stream: StreamViewType.NEW_AND_OLD_IMAGES,
		});
		const mode = stackParameter(this, 'LiveOrders', {
			description:
				'Whether changes of OrderTable are delivered to the lake, which costs by the hour; relayed: they are, but something other than the Pipe sends them to Kinesis',
			allowedValues: ['off', 'on', 'relayed'],
			default: 'off',
		});
		this.isOn = new CfnCondition(this, 'IsOn', {
			expression: Fn.conditionNot(Fn.conditionEquals(mode.valueAsString, 'off')),
		});
		const isRelayed = new CfnCondition(this, 'IsRelayed', {
			expression: Fn.conditionEquals(mode.valueAsString, 'relayed'),
		});
		const pipeState = Token.asString(Fn.conditionIf(isRelayed.logicalId, 'STOPPED', 'RUNNING'));
		// The id is part of the logical ids of the Kinesis stream, the queue and the logs, which must not change.
		this.pipeline = new LiveOrdersPipeline(this, 'Way', { ...props, table: this.table, pipeState });
		for (const resource of this.pipeline.node.findAll().filter(CfnResource.isCfnResource)) {
			resource.cfnOptions.condition = this.isOn;
		}
	}
}
