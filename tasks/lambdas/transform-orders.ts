import { parseLiveOrder } from '../streams/live-orders/live-order';
import { type FunctionLog, withLog } from './function-log';

/** What Firehose sends to a transformation: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
export interface TransformEvent {
	readonly records: readonly { readonly recordId: string; readonly data: string }[];
}
export interface TransformResponse {
	readonly records: readonly TransformedRecord[];
}
interface TransformedRecord {
	readonly recordId: string;
	readonly result: 'Ok' | 'Dropped' | 'ProcessingFailed';
	/** Base64. */
	readonly data: string;
}

/** Lambda's limit for a response is 6 MB; the JSON around the records' data fits into the rest. */
const maxResponseLength = 6 * 1024 ** 2 - 64 * 1024;
const lengthAroundData = 80;

/**
 * The Lambda between the stream of live orders and S3: each record, a change of `OrderTable`, becomes one JSON line.
 * One result per record, in order. A deletion is `Dropped`. A record that can't be parsed is `ProcessingFailed`, with its
 * data untouched, so that Firehose keeps it under `processing-failed/`; the others go on.
 *
 * A line is shorter than the change it comes from, except for rare numbers (`1e300`). If the lines together exceed Lambda's
 * limit, the records that grew most become `ProcessingFailed` first: their untouched data came in a request of that limit.
 */
export const handler = withLog(async (event: TransformEvent, log): Promise<TransformResponse> => {
	const transformed = event.records.map((record) => transformRecord(record, log));
	const records = limitLength(event, transformed);
	log.info('Changes of OrderTable', countResults(records));
	return { records };
});

function countResults(records: readonly TransformedRecord[]): Record<TransformedRecord['result'], number> {
	const counts = { Ok: 0, Dropped: 0, ProcessingFailed: 0 };
	for (const { result } of records) counts[result]++;
	return counts;
}

function transformRecord(
	{ recordId, data }: TransformEvent['records'][number],
	log: Pick<FunctionLog, 'warn'>,
): TransformedRecord {
	try {
		const line = parseLiveOrder(utf8.decode(Buffer.from(data, 'base64')));
		return line === undefined
			? { recordId, result: 'Dropped', data }
			: { recordId, result: 'Ok', data: Buffer.from(line).toString('base64') };
	} catch (error) {
		log.warn('Record failed', { record_id: recordId, reason: (error as Error).message });
		return { recordId, result: 'ProcessingFailed', data };
	}
}

/** Invalid UTF-8 is an error, not replaced. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function limitLength(
	{ records }: TransformEvent,
	transformed: readonly TransformedRecord[],
): readonly TransformedRecord[] {
	let length = transformed.reduce(
		(sum, { recordId, data }) => sum + recordId.length + data.length + lengthAroundData,
		0,
	);
	if (length <= maxResponseLength) return transformed;
	const limited = [...transformed];
	const growth = (index: number) => (transformed[index]?.data.length ?? 0) - (records[index]?.data.length ?? 0);
	const grown = [...transformed.keys()].filter((index) => growth(index) > 0).sort((a, b) => growth(b) - growth(a));
	for (const index of grown) {
		if (length <= maxResponseLength) break;
		length -= growth(index);
		const { recordId = '', data = '' } = records[index] ?? {};
		limited[index] = { recordId, result: 'ProcessingFailed', data };
	}
	return limited;
}
