import { z } from 'zod';
import type { ObjectStore } from '../lake';
import { readLines } from './seal/object-lines';

/**
 * A record as Firehose leaves it where its transformation failed: one JSON object a line.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html#data-transformation-failure-handling
 * Some failures, and emulators, spell the error with a capital.
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

/** What becomes of a failed record when the transformation looks at it now. */
export interface Explained {
	/** In the object, from 1. */
	readonly line: number;
	/** `replayable`: it comes out as `record`. `deletion`: there is nothing to deliver. `refused`: it fails still. */
	readonly verdict: 'replayable' | 'deletion' | 'refused';
	/** The line that is delivered, with its end. */
	readonly record?: string;
	/** Why it is refused. */
	readonly reason?: string;
	/** What Firehose said of it. */
	readonly error?: string;
	/** How it begins, as text. */
	readonly data?: string;
}

const shown = 200;

/** What a transformation makes of a record: a line, or undefined for a deletion; throws where it takes none of it. */
export type Transform = (text: string) => string | undefined;

/** The records of an object of failed ones, each looked at by the code of the transformation. */
export async function explainFailed(store: ObjectStore, key: string, transform: Transform): Promise<Explained[]> {
	const explained: Explained[] = [];
	let line = 0;
	for await (const lines of readLines(await store.read(key), { bytes: 0 })) {
		for (const { raw, fault } of lines) {
			line++;
			if (fault === undefined && raw.trim() === '') continue;
			explained.push({
				line,
				...(fault === undefined ? explain(raw, transform) : { verdict: 'refused', reason: fault }),
			});
		}
	}
	return explained;
}

function explain(line: string, transform: Transform): Omit<Explained, 'line'> {
	const parsed = failedRecord.safeParse(parseJson(line));
	if (!parsed.success) {
		return { verdict: 'refused', reason: 'the line is no failed record of Firehose', data: line.slice(0, shown) };
	}
	const { rawData, errorCode, ErrorCode, errorMessage, ErrorMessage } = parsed.data;
	const bytes = Buffer.from(rawData, 'base64');
	const error = [errorCode ?? ErrorCode, errorMessage ?? ErrorMessage].filter((part) => part !== undefined).join(': ');
	const told = { error, data: bytes.toString('utf8').slice(0, shown) };
	try {
		const record = transform(utf8.decode(bytes));
		return record === undefined ? { verdict: 'deletion', ...told } : { verdict: 'replayable', record, ...told };
	} catch (failure) {
		return { verdict: 'refused', reason: (failure as Error).message, ...told };
	}
}

/** As the transformation: bytes that are no UTF-8 are an error. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
