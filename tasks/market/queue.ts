import {
	ChangeMessageVisibilityBatchCommand,
	DeleteMessageBatchCommand,
	ReceiveMessageCommand,
	SendMessageCommand,
	type SQSClient,
} from '@aws-sdk/client-sqs';
import { ConfigurationError, TryAgainError } from '../platform/errors';
import { backOff } from '../platform/retry';
import type { Message } from './consume-messages';

/** A received message, with the receipt for deleting it. */
export interface Received extends Message {
	readonly receipt: string;
}

/** SQS's limit of messages per request. */
const messagesPerRequest = 10;
/** Tries to delete a message: the answer to a batch may be 200, and some of its entries have failed. */
const deletion = { tries: 5, firstMs: 50, longestMs: 500 } as const;

/** An SQS queue. */
export class Queue {
	/** `variable`: the setting that the URL comes from, for the error message if there is no such queue. */
	constructor(
		private readonly sqs: Pick<SQSClient, 'send'>,
		private readonly url: string,
		private readonly variable: string,
	) {}

	/** Receives up to ten messages, waiting up to `waitSeconds`; nobody else receives them for `visibilitySeconds`. */
	async receive(options: {
		waitSeconds: number;
		visibilitySeconds?: number;
		signal?: AbortSignal;
	}): Promise<Received[]> {
		const { waitSeconds, visibilitySeconds, signal } = options;
		const command = new ReceiveMessageCommand({
			QueueUrl: this.url,
			MaxNumberOfMessages: messagesPerRequest,
			WaitTimeSeconds: waitSeconds,
			...(visibilitySeconds === undefined ? {} : { VisibilityTimeout: visibilitySeconds }),
			MessageSystemAttributeNames: ['ApproximateReceiveCount'],
		});
		const { Messages = [] } = await this.orMissing(this.sqs.send(command, signal ? { abortSignal: signal } : {}));
		return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes = {} }) => ({
			id: MessageId,
			body: Body,
			receipt: ReceiptHandle,
			receives: Number(Attributes.ApproximateReceiveCount ?? 1),
		}));
	}

	/** Deletes at most ten messages. Throws TryAgainError if one can't be deleted; it is delivered again, which is harmless. */
	async delete(messages: readonly Received[]): Promise<void> {
		let left = messages;
		for (let attempt = 1; left.length > 0; attempt++) {
			const Entries = left.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
			const { Failed = [] } = await this.orMissing(
				this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries })),
			);
			left = Failed.flatMap(({ Id }) => left[Number(Id)] ?? []);
			if (left.length === 0) return;
			if (attempt >= deletion.tries) {
				const { Code, Message = Code } = Failed[0] ?? {};
				throw new TryAgainError(
					`SQS did not delete ${left.length} of ${messages.length} messages of ${this.url} in ${attempt} tries (${Message}). They are delivered again, which is harmless. Run it again later.`,
				);
			}
			await backOff(deletion, attempt);
		}
	}

	/** Makes at most ten messages visible again at once. */
	async release(messages: readonly Received[]): Promise<void> {
		if (messages.length === 0) return;
		const Entries = messages.map(({ receipt }, index) => ({
			Id: String(index),
			ReceiptHandle: receipt,
			VisibilityTimeout: 0,
		}));
		await this.orMissing(this.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries })));
	}

	async send(body: string): Promise<void> {
		await this.orMissing(this.sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: body })));
	}

	private async orMissing<T>(answer: Promise<T>): Promise<T> {
		return answer.catch((error: Error) => {
			if (!/QueueDoesNotExist|NonExistentQueue/.test(error.name)) throw error;
			throw new ConfigurationError(
				`SQS has no queue ${this.url} here. Deploy the stack, or name the queue by ${this.variable}.`,
			);
		});
	}
}
