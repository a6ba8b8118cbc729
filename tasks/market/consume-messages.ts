import { mapConcurrently } from '../platform/concurrency';
import { type Announced, announcedIn } from './announcements';
import { type Consumed, type Consumer, consumeFile } from './consume-file';

/** A message of the queue. */
export interface Message {
	readonly id: string;
	readonly body: string;
	/** How often it has come, this time included. */
	readonly receives: number;
}

/** What became of a message; with an error it has to come again. */
export interface Taken {
	readonly message: Message;
	/** Its files that are done. */
	readonly files: readonly (Consumed & { readonly key: string })[];
	readonly error?: Error;
}

const parallelMessages = 4;

/** Takes the files that messages tell of into the table, some at a time. One that fails does not hold up the others. */
export const consumeMessages = (consumer: Consumer, messages: readonly Message[]): Promise<Taken[]> =>
	mapConcurrently(messages, parallelMessages, (message) => consumeMessage(consumer, message));

async function consumeMessage(consumer: Consumer, message: Message): Promise<Taken> {
	const files: (Consumed & { key: string })[] = [];
	try {
		for (const announced of announcedIn(message.body)) files.push(await consume(consumer, announced));
		return { message, files };
	} catch (error) {
		return { message, files, error: error as Error };
	}
}

const consume = async (consumer: Consumer, announced: Announced) => ({
	key: announced.key,
	...(await consumeFile(consumer, announced)),
});

/** The sums over messages, under the names that results and logs have. */
export function sumFiles(taken: readonly Taken[]) {
	const files = taken.flatMap((one) => one.files);
	const sum = (of: (file: Consumed) => number) => files.reduce((total, file) => total + of(file), 0);
	return {
		messages: taken.length,
		failed: taken.filter(({ error }) => error).length,
		files: files.length,
		added: sum(({ added }) => added),
		replaced: sum(({ replaced }) => replaced),
		superseded: sum(({ superseded, repeated }) => superseded + repeated),
		rejected: sum(({ rejected }) => rejected),
		gone: sum(({ gone }) => Number(gone)),
	};
}
