import { mapConcurrently } from '../platform/concurrency';
import { type ConsumedFile, type Consumer, consumeFile } from './consume-file';
import { type CreatedObject, parseNotification } from './s3-notification';

/** A message of the queue. */
export interface Message {
	readonly id: string;
	readonly body: string;
	/** How often it has been delivered, this time included. */
	readonly receives: number;
}

/** The result for a message; with an error it has to be delivered again. */
export interface ConsumedMessage {
	readonly message: Message;
	/** The files that are loaded. */
	readonly files: readonly (ConsumedFile & { readonly key: string })[];
	readonly error?: Error;
}

const parallelMessages = 4;

/** Loads the files that messages name into the table, in parallel. A failure doesn't hold up the others. */
export const consumeMessages = (consumer: Consumer, messages: readonly Message[]): Promise<ConsumedMessage[]> =>
	mapConcurrently(messages, parallelMessages, (message) => consumeMessage(consumer, message));

async function consumeMessage(consumer: Consumer, message: Message): Promise<ConsumedMessage> {
	const files: (ConsumedFile & { key: string })[] = [];
	try {
		for (const created of parseNotification(message.body)) files.push(await consume(consumer, created));
		return { message, files };
	} catch (error) {
		return { message, files, error: error as Error };
	}
}

const consume = async (consumer: Consumer, created: CreatedObject) => ({
	key: created.key,
	...(await consumeFile(consumer, created)),
});

/** Totals over messages, named as in results and logs. */
export function sumCounts(messages: readonly ConsumedMessage[]) {
	const files = messages.flatMap((message) => message.files);
	const sum = (count: (file: ConsumedFile) => number) => files.reduce((total, file) => total + count(file), 0);
	return {
		messages: messages.length,
		failed: messages.filter(({ error }) => error).length,
		files: files.length,
		added: sum(({ added }) => added),
		replaced: sum(({ replaced }) => replaced),
		superseded: sum(({ superseded, repeated }) => superseded + repeated),
		rejected: sum(({ rejected }) => rejected),
		gone: sum(({ gone }) => Number(gone)),
	};
}
