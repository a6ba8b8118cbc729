import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Consumer } from '../market/consume-file';
import { consumeMessages, sumFiles } from '../market/consume-messages';
import { inFunction, requestSettings } from '../platform/aws/request-settings';

/** What SQS hands to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface QueueEvent {
	readonly Records: readonly {
		readonly messageId: string;
		readonly body: string;
		readonly attributes: { readonly ApproximateReceiveCount: string };
	}[];
}
/** The messages that have to come again; the queue forgets the others. */
export interface QueueAnswer {
	readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}
interface Invocation {
	getRemainingTimeInMillis(): number;
}

/** So much time is left for the answer: what is not done by then comes again, and what is done does not. */
const forAnswerMs = 3000;

let clients: Pick<Consumer, 's3' | 'dynamodb'> | undefined;

/**
 * `ConsumerLambda`: takes the files of quotes that the messages tell of into the table `TABLE_NAME`, and names the
 * messages that failed. Each failure is a line of the log with the file and the reason.
 */
export async function handler({ Records }: QueueEvent, invocation: Invocation): Promise<QueueAnswer> {
	clients ??= {
		// A local endpoint has no host name for each bucket.
		s3: new S3Client({ ...requestSettings(inFunction), forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }),
		dynamodb: new DynamoDBClient(requestSettings(inFunction)),
	};
	const consumer = {
		...clients,
		table: process.env.TABLE_NAME ?? 'StockData',
		consumed: () => undefined,
		random: Math.random,
		signal: AbortSignal.timeout(Math.max(0, invocation.getRemainingTimeInMillis() - forAnswerMs)),
	};
	const messages = Records.map(({ messageId, body, attributes }) => ({
		id: messageId,
		body,
		receives: Number(attributes.ApproximateReceiveCount),
	}));
	const taken = await consumeMessages(consumer, messages);
	for (const { message, error } of taken) {
		if (error) log('error', { message: error.message, error: error.name, id: message.id, receives: message.receives });
	}
	log('info', { message: 'Taken', ...sumFiles(taken) });
	const failed = taken.filter(({ error }) => error);
	return { batchItemFailures: failed.map(({ message }) => ({ itemIdentifier: message.id })) };
}

const log = (level: string, line: Readonly<Record<string, unknown>>): void =>
	console.log(JSON.stringify({ level, ...line }));
