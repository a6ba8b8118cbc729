import * as z from 'zod';
import type { ObjectStore } from '../lake';
import { readObjectLines } from './seal/object-lines';

/**
 * A record that Firehose kept because its transformation failed: one JSON object a line.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html#data-transformation-failure-handling
 * Some failures, and emulators, spell the error fields with a capital.
 */
const failedRecord = z.object({
	attemptsMade: z.number().optional(),
	arrivalTimestamp: z.number().optional(),
	errorCode: z.string().optional(),
	ErrorCode: z.string().optional(),
	errorMessage: z.string().optional(),
	ErrorMessage: z.string().optional(),
	rawData: z.string(),
});

/** What the present transformation makes of a failed record. */
export interface RetransformedRecord {
	/** Its line in the object, from 1. */
	readonly line: number;
	/** `replayable`: it becomes `record`. `deletion`: there is nothing to deliver. `refused`: it still fails. */
	readonly verdict: 'replayable' | 'deletion' | 'refused';
	/** The line to deliver, with its line break. */
	readonly record?: string;
	/** Why it is refused. */
	readonly reason?: string;
	/** The error that Firehose recorded. */
	readonly error?: string;
	/** The beginning of the record, as text. */
	readonly data?: string;
}

const shownLength = 200;

/** Transforms a record to a line; undefined for a deletion. Throws if the record can't be transformed. */
export type Transform = (text: string) => string | undefined;

/** Runs the present transformation over the failed records of an object. */
export async function retransformFailed(
	store: ObjectStore,
	key: string,
	transform: Transform,
): Promise<RetransformedRecord[]> {
	const records: RetransformedRecord[] = [];
	let line = 0;
	for await (const lines of readObjectLines(await store.read(key), { bytes: 0 })) {
		for (const { raw, fault } of lines) {
			line++;
			if (fault === undefined && raw.trim() === '') continue;
			records.push({
				line,
				...(fault === undefined ? retransform(raw, transform) : { verdict: 'refused', reason: fault }),
			});
		}
	}
	return records;
}

function retransform(line: string, transform: Transform): Omit<RetransformedRecord, 'line'> {
	const parsed = failedRecord.safeParse(parseJson(line));
	if (!parsed.success) {
		return {
			verdict: 'refused',
			reason: 'the line is not a failed record of Firehose',
			data: line.slice(0, shownLength),
		};
	}
	const { rawData, errorCode, ErrorCode, errorMessage, ErrorMessage } = parsed.data;
	const bytes = Buffer.from(rawData, 'base64');
	const error = [errorCode ?? ErrorCode, errorMessage ?? ErrorMessage].filter((part) => part !== undefined).join(': ');
	const details = { error, data: bytes.toString('utf8').slice(0, shownLength) };
	try {
		const record = transform(utf8.decode(bytes));
		return record === undefined ? { verdict: 'deletion', ...details } : { verdict: 'replayable', record, ...details };
	} catch (failure) {
		return { verdict: 'refused', reason: (failure as Error).message, ...details };
	}
}

/** As in the transformation, invalid UTF-8 is an error. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
