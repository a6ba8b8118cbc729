import {
	ChangeMessageVisibilityBatchCommand,
	DeleteMessageBatchCommand,
	ReceiveMessageCommand,
	SendMessageCommand,
	type SQSClient,
} from '@aws-sdk/client-sqs';
import { ConfigurationError } from '../platform/errors';
import type { Message } from './consume-messages';

/** A message that was received, with what it takes to delete it. */
export interface Received extends Message {
	readonly receipt: string;
}

/** SQS hands out, and deletes, at most so many messages at once. */
const messagesOfRequest = 10;

/** A queue of SQS by its URL. */
export class Queue {
	/** `variable` names the setting that the URL comes from, for the message where there is no such queue. */
	constructor(
		private readonly sqs: Pick<SQSClient, 'send'>,
		private readonly url: string,
		private readonly variable: string,
	) {}

	/** Up to ten messages; waits so many seconds for the first one. Whoever takes them has `seconds` for them. */
	async receive(options: { waitSeconds: number; seconds?: number; signal?: AbortSignal }): Promise<Received[]> {
		const { waitSeconds, seconds, signal } = options;
		const command = new ReceiveMessageCommand({
			QueueUrl: this.url,
			MaxNumberOfMessages: messagesOfRequest,
			WaitTimeSeconds: waitSeconds,
			...(seconds === undefined ? {} : { VisibilityTimeout: seconds }),
			MessageSystemAttributeNames: ['ApproximateReceiveCount'],
		});
		const { Messages = [] } = await this.known(this.sqs.send(command, signal ? { abortSignal: signal } : {}));
		return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes = {} }) => ({
			id: MessageId,
			body: Body,
			receipt: ReceiptHandle,
			receives: Number(Attributes.ApproximateReceiveCount ?? 1),
		}));
	}

	/** Forgets messages, at most ten. One that can't be deleted comes again, which is harmless. */
	async delete(messages: readonly Received[]): Promise<void> {
		if (messages.length === 0) return;
		const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
		await this.known(this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries })));
	}

	/** Puts messages back, at most ten: they can be received at once. */
	async giveBack(messages: readonly Received[]): Promise<void> {
		if (messages.length === 0) return;
		const Entries = messages.map(({ receipt }, index) => ({
			Id: String(index),
			ReceiptHandle: receipt,
			VisibilityTimeout: 0,
		}));
		await this.known(this.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries })));
	}

	async send(body: string): Promise<void> {
		await this.known(this.sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: body })));
	}

	private async known<T>(answer: Promise<T>): Promise<T> {
		return answer.catch((error: Error) => {
			if (!/QueueDoesNotExist|NonExistentQueue/.test(error.name)) throw error;
			throw new ConfigurationError(
				`SQS has no queue ${this.url} here. Deploy the stack, or name the queue by ${this.variable}.`,
			);
		});
	}
}
