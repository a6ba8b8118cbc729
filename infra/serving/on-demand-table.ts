import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/**
 * Creates a DynamoDB table whose name users type: on demand, encrypted, with point-in-time recovery, kept when the stack
 * is deleted. Its keys are strings.
 */
export function createOnDemandTable(
	scope: Construct,
	tableName: string,
	keys: {
		readonly partitionKey: string;
		readonly sortKey?: string;
		readonly stream?: StreamViewType;
		/** The attribute by which items expire. */
		readonly expiry?: string;
	},
): Table {
	const { partitionKey, sortKey, stream, expiry } = keys;
	return new Table(scope, tableName, {
		tableName,
		partitionKey: { name: partitionKey, type: AttributeType.STRING },
		...(sortKey ? { sortKey: { name: sortKey, type: AttributeType.STRING } } : {}),
		...(stream ? { stream } : {}),
		...(expiry ? { timeToLiveAttribute: expiry } : {}),
		billingMode: BillingMode.PAY_PER_REQUEST,
		encryption: TableEncryption.AWS_MANAGED,
		pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
		removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
	});
}
