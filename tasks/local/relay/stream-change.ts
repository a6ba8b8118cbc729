import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { Json } from '../../streams/live-orders/attribute-value';

/** A change of a table as it is put into Kinesis. */
export interface StreamChange {
	/** Changes of one item have the same, so that they stay in their order. */
	readonly partitionKey: string;
	readonly data: Uint8Array;
	/** Where it stands in its shard of the table's stream. */
	readonly sequence: string;
}

/**
 * A record of a DynamoDB stream as an EventBridge Pipe puts it into its target: the record's JSON as DynamoDB sends it,
 * with the ARN of the stream; times in epoch seconds, binary values in base64.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
 */
export function streamChange(record: StreamRecord, streamArn: string): StreamChange {
	const { eventID, eventName, eventVersion, awsRegion, eventSource, dynamodb = {} } = record;
	const { ApproximateCreationDateTime: at, ...rest } = dynamodb;
	const change = {
		eventID,
		eventName,
		eventVersion,
		eventSource,
		awsRegion,
		dynamodb: { ...(at ? { ApproximateCreationDateTime: at.getTime() / 1000 } : {}), ...asSent(rest) },
		eventSourceARN: streamArn,
	};
	const [key] = Object.values(dynamodb.Keys ?? {});
	return {
		partitionKey: key?.S ?? key?.N ?? 'none',
		data: Buffer.from(JSON.stringify(change)),
		sequence: dynamodb.SequenceNumber ?? '',
	};
}

/** What the SDK has made of JSON as it was sent: it decodes binary values. */
function asSent(value: unknown): { readonly [name: string]: Json } {
	return JSON.parse(
		JSON.stringify(value, (_, part: unknown) =>
			part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
		),
	);
}
