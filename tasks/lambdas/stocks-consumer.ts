import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Consumer } from '../market/consume-file';
import { consumeMessages, sumCounts } from '../market/consume-messages';
import { inFunction, requestSettings } from '../platform/aws/request-settings';
import { failureFields, withLog } from './function-log';

/** What SQS sends to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface QueueEvent {
	readonly Records: readonly {
		readonly messageId: string;
		readonly body: string;
		readonly attributes: { readonly ApproximateReceiveCount: string };
	}[];
}
/** The messages to deliver again; SQS deletes the others. */
export interface QueueResponse {
	readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Time reserved for the response: messages that are not done by then are delivered again. */
const responseMs = 3000;

let clients: Pick<Consumer, 's3' | 'dynamodb'> | undefined;

/**
 * `ConsumerLambda`: loads the files of quotes that the messages name into the table `TABLE_NAME`, where they expire after
 * `RETENTION_DAYS` if it is set, and returns the messages that failed. Each of them is a log line with the file and the
 * reason.
 */
export const handler = withLog(async ({ Records }: QueueEvent, log, invocation): Promise<QueueResponse> => {
	clients ??= {
		// A local endpoint has no host name for each bucket.
		s3: new S3Client({ ...requestSettings(inFunction), forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }),
		dynamodb: new DynamoDBClient(requestSettings(inFunction)),
	};
	const consumer = {
		...clients,
		table: process.env.TABLE_NAME ?? 'StockData',
		retentionDays: Number(process.env.RETENTION_DAYS || 0),
		consumed: () => undefined,
		random: Math.random,
		signal: AbortSignal.timeout(Math.max(0, invocation.getRemainingTimeInMillis() - responseMs)),
	};
	const messages = Records.map(({ messageId, body, attributes }) => ({
		id: messageId,
		body,
		receives: Number(attributes.ApproximateReceiveCount),
	}));
	const consumed = await consumeMessages(consumer, messages);
	const failed = consumed.filter(({ error }) => error);
	for (const { message, error } of failed) {
		log.error('Message failed', { message_id: message.id, receives: message.receives, ...failureFields(error) });
	}
	log.info('Messages consumed', sumCounts(consumed));
	return { batchItemFailures: failed.map(({ message }) => ({ itemIdentifier: message.id })) };
});
