import { FirehoseClient } from '@aws-sdk/client-firehose';
import { events } from '../contracts/events';
import { type Checked, checkRecord, type Fault } from '../streams/http/check-record';
import { type HttpRequest, readRecordTexts, UnreadableBody } from '../streams/http/http-body';
import { limits, splitBatches } from '../streams/send/batcher';
import { type Delivery, putRecords } from '../streams/send/put-records';

/** Records of one request: as many as go to the stream in one batch. */
const mostRecords = limits.recordsOfBatch;
const dayMs = 24 * 3600_000;

/** What the entry needs of the world. */
export interface Entry {
	readonly delivery: Delivery;
	readonly clock: () => Date;
}

/** An answer to API Gateway. */
export interface HttpAnswer {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** A record that was not taken because something is wrong with it. */
interface Refused extends Omit<Fault, 'rule'> {
	/** Its place in the request, from 0. */
	readonly record: number;
	readonly event_id: string | null;
	readonly rule: Fault['rule'] | 'size';
}

interface Taken {
	readonly record: number;
	readonly data: Uint8Array;
	readonly event_id: string;
}

/**
 * Takes events by HTTP: one record or up to 500, checked by the contract, the good ones passed on to the stream.
 *
 * - 202: all records are taken; `ids` names them.
 * - 400: `errors` names record, field and rule of each that is not; the good ones are taken all the same, and are in `ids`.
 * - 413: the body or the number of records is too large; nothing is taken.
 * - 503, with Retry-After: the stream did not take all; `retry` has the places of those to send again.
 *
 * To send a whole request again is always harmless: Silver counts an `event_id` of a date once.
 */
export async function answer({ delivery, clock }: Entry, request: HttpRequest): Promise<HttpAnswer> {
	let texts: string[];
	try {
		texts = readRecordTexts(request);
	} catch (error) {
		if (!(error instanceof UnreadableBody)) throw error;
		return json(error.status, { message: error.message, ids: [], errors: [] });
	}
	if (texts.length > mostRecords) {
		const message = `The request has ${texts.length} records; send at most ${mostRecords} at once.`;
		return json(413, { message, ids: [], errors: [] });
	}
	const lastDay = Math.floor(clock().getTime() / dayMs) + 1;
	const errors: Refused[] = [];
	const good: Taken[] = [];
	for (const [record, text] of texts.entries()) {
		const judged = judge(record, text, checkRecord(events, text, lastDay));
		if ('data' in judged) good.push(judged);
		else errors.push(judged);
	}
	const left = new Set<Taken>();
	for (const batch of splitBatches(good)) for (const record of await putRecords(delivery, batch)) left.add(record);
	const ids = good.filter((record) => !left.has(record)).map(({ event_id }) => event_id);
	if (left.size > 0) {
		const message = `The stream did not take ${left.size} of ${texts.length} records. Send those of 'retry' again, or all.`;
		return json(503, { message, ids, errors, retry: [...left].map(({ record }) => record) }, { 'retry-after': '1' });
	}
	if (errors.length > 0) {
		return json(400, { message: `${errors.length} of ${texts.length} records are not taken.`, ids, errors });
	}
	return json(202, { ids });
}

function judge(record: number, text: string, { values, fault }: Checked): Taken | Refused {
	const event_id = values.get('event_id') ?? null;
	if (fault) return { record, event_id, ...fault };
	const data = Buffer.from(`${text}\n`);
	if (data.length > limits.bytesOfRecord) {
		const message = `the record has ${data.length} bytes, more than ${limits.bytesOfRecord}`;
		return { record, event_id, rule: 'size', message };
	}
	return { record, data, event_id: event_id ?? '' };
}

function json(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
	return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

let entry: Entry | undefined;

/** A sender waits for the answer: a stream that is slow to answer counts as one that did not. */
const requestHandler = {
	connectionTimeout: 1000,
	requestTimeout: 3000,
	throwOnRequestTimeout: true,
	socketTimeout: 3000,
};

/** The Lambda behind API Gateway (HTTP API, payload format 2.0). `STREAM_NAME` is the delivery stream. */
export async function handler(request: HttpRequest): Promise<HttpAnswer> {
	entry ??= {
		clock: () => new Date(),
		delivery: {
			firehose: new FirehoseClient({ maxAttempts: 1, requestHandler }),
			stream: process.env.STREAM_NAME ?? 'firehose-to-s3',
			tries: 4,
			firstMs: 50,
			longestMs: 400,
			random: Math.random,
			signal: new AbortController().signal,
		},
	};
	return answer(entry, request);
}
