import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { Json } from '../../streams/live-orders/attribute-value';

/** A change of a table as it goes into Kinesis. */
export interface PipeRecord {
	/** The same for all changes of an item, so that they stay in order. */
	readonly partitionKey: string;
	readonly data: Uint8Array;
	/** Its sequence number in its shard of the table's stream. */
	readonly sequence: string;
}

/**
 * Converts a DynamoDB stream record to what an EventBridge Pipe puts into its target: the record's JSON as DynamoDB sends
 * it, with the ARN of the stream; times in epoch seconds, binary values in base64.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
 */
export function toPipeRecord(record: StreamRecord, streamArn: string): PipeRecord {
	const { eventID, eventName, eventVersion, awsRegion, eventSource, dynamodb = {} } = record;
	const { ApproximateCreationDateTime: at, ...rest } = dynamodb;
	const change = {
		eventID,
		eventName,
		eventVersion,
		eventSource,
		awsRegion,
		dynamodb: { ...(at ? { ApproximateCreationDateTime: at.getTime() / 1000 } : {}), ...toOriginalJson(rest) },
		eventSourceARN: streamArn,
	};
	const [key] = Object.values(dynamodb.Keys ?? {});
	return {
		partitionKey: key?.S ?? key?.N ?? 'none',
		data: Buffer.from(JSON.stringify(change)),
		sequence: dynamodb.SequenceNumber ?? '',
	};
}

/** The JSON as DynamoDB sent it: the SDK has decoded binary values. */
function toOriginalJson(value: unknown): { readonly [name: string]: Json } {
	return JSON.parse(
		JSON.stringify(value, (_, part: unknown) =>
			part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
		),
	);
}
