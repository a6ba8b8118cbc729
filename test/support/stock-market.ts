import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
	DeleteMessageBatchCommand,
	GetQueueAttributesCommand,
	type Message,
	ReceiveMessageCommand,
	SendMessageBatchCommand,
	SetQueueAttributesCommand,
	SQSClient,
} from '@aws-sdk/client-sqs';
import type { Quote } from '../../tasks/generate/quotes/quote';

/** The market data of a deployed stack, with all permissions. */
export class StockMarket {
	readonly s3 = new S3Client({ forcePathStyle: true });
	readonly sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
	readonly dynamodb = new DynamoDBClient({});

	constructor(private readonly outputs: Readonly<Record<string, string>>) {}

	get bucket(): string {
		return this.outputs.ShoplakeStocksBucket ?? '';
	}
	get queue(): string {
		return this.outputs.ShoplakeStockQueue ?? '';
	}
	get deadLetters(): string {
		return this.outputs.ShoplakeStockDeadLetters ?? '';
	}

	put = (Key: string, content: string | Uint8Array) =>
		this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body: Buffer.from(content) }));

	/** How many messages are visible (`waiting`), and how many somebody has taken and not deleted (`taken`). */
	async depth(url: string): Promise<{ waiting: number; taken: number }> {
		const { Attributes = {} } = await this.sqs.send(
			new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
		);
		return {
			waiting: Number(Attributes.ApproximateNumberOfMessages),
			taken: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
		};
	}

	/** Sets the time until a failed message is delivered again; the deployed minutes are too long for a test. */
	redeliverAfter = (seconds: number) =>
		this.sqs.send(
			new SetQueueAttributesCommand({ QueueUrl: this.queue, Attributes: { VisibilityTimeout: String(seconds) } }),
		);

	/** Receives and deletes all messages of a queue. */
	async drain(url: string): Promise<string[]> {
		const bodies: string[] = [];
		for (;;) {
			const { Messages = [] } = await this.sqs.send(
				new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
			);
			if (Messages.length === 0) return bodies;
			bodies.push(...Messages.map(({ Body = '' }: Message) => Body));
			const Entries = Messages.map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle }));
			await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
		}
	}

	async send(url: string, bodies: readonly string[]): Promise<void> {
		for (let at = 0; at < bodies.length; at += 10) {
			const Entries = bodies.slice(at, at + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
			await this.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
		}
	}

	/** The whole table: figures by `ticker second`. */
	async rows(): Promise<Map<string, string>> {
		const rows = new Map<string, string>();
		for await (const { Items = [] } of paginateScan({ client: this.dynamodb }, { TableName: 'StockData' })) {
			for (const { PK, SK, open, high, low, close, volume } of Items) {
				rows.set(`${PK?.S} ${SK?.S}`, [open, high, low, close, volume].map((value) => Number(value?.N)).join(' '));
			}
		}
		return rows;
	}
}

/** The rows that quotes make in the table. */
export const quoteRows = (quotes: readonly Quote[]): [string, string][] =>
	quotes.map(({ ticker, timestamp, open, high, low, close, volume }) => [
		`${ticker} ${timestamp}`,
		[open, high, low, close, volume].map(Number).join(' '),
	]);

/** The differences of two tables, shortened; empty if they are the same. */
export function differences(found: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
	const lines: string[] = [];
	for (const [key, row] of expected) if (found.get(key) !== row) lines.push(`${key}: ${found.get(key)}, not ${row}`);
	for (const key of found.keys()) if (!expected.has(key)) lines.push(`${key} is unexpected`);
	return lines.length > 10 ? [...lines.slice(0, 10), `and ${lines.length - 10} more`] : lines;
}
