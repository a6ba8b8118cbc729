import { parseLiveOrder } from '../streams/live-orders/live-order';

/** What Firehose hands to a transformation: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
export interface TransformEvent {
	readonly records: readonly { readonly recordId: string; readonly data: string }[];
}
export interface TransformAnswer {
	readonly records: readonly Answer[];
}
interface Answer {
	readonly recordId: string;
	readonly result: 'Ok' | 'Dropped' | 'ProcessingFailed';
	/** Base64. */
	readonly data: string;
}

/** Lambda refuses an answer of more than 6 MB; what JSON puts around each record's data is well within the rest. */
const longestAnswer = 6 * 1024 ** 2 - 64 * 1024;
const aroundData = 80;

/**
 * The Lambda between the stream of live orders and S3: each record, a change of `OrderTable`, becomes one line of JSON.
 * One answer a record, in order. A deletion is `Dropped`; a record that can't be read is `ProcessingFailed`, with its
 * data untouched, so that Firehose keeps it under `processing-failed/`, and the others go on.
 *
 * A line is shorter than the change it is made of, but for rare numbers (`1e300`). Should all lines together be more than
 * Lambda may answer, the ones that grew are `ProcessingFailed`, those that grew most first: their untouched data came in
 * by a request of that same limit.
 */
export async function handler(event: TransformEvent): Promise<TransformAnswer> {
	const records = withinLimit(event, event.records.map(answerTo));
	console.info(JSON.stringify({ level: 'info', message: 'Changes of OrderTable', ...countResults(records) }));
	return { records };
}

function countResults(answers: readonly Answer[]): Record<Answer['result'], number> {
	const counts = { Ok: 0, Dropped: 0, ProcessingFailed: 0 };
	for (const { result } of answers) counts[result]++;
	return counts;
}

function answerTo({ recordId, data }: TransformEvent['records'][number]): Answer {
	try {
		const line = parseLiveOrder(utf8.decode(Buffer.from(data, 'base64')));
		return line === undefined
			? { recordId, result: 'Dropped', data }
			: { recordId, result: 'Ok', data: Buffer.from(line).toString('base64') };
	} catch (error) {
		console.warn(JSON.stringify({ level: 'warn', message: (error as Error).message, recordId }));
		return { recordId, result: 'ProcessingFailed', data };
	}
}

/** Bytes that are no UTF-8 are an error, not replaced. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function withinLimit({ records }: TransformEvent, answers: readonly Answer[]): readonly Answer[] {
	let length = answers.reduce((sum, { recordId, data }) => sum + recordId.length + data.length + aroundData, 0);
	if (length <= longestAnswer) return answers;
	const limited = [...answers];
	const growth = (index: number) => (answers[index]?.data.length ?? 0) - (records[index]?.data.length ?? 0);
	const grown = [...answers.keys()].filter((index) => growth(index) > 0).sort((a, b) => growth(b) - growth(a));
	for (const index of grown) {
		if (length <= longestAnswer) break;
		length -= growth(index);
		const { recordId = '', data = '' } = records[index] ?? {};
		limited[index] = { recordId, result: 'ProcessingFailed', data };
	}
	return limited;
}
