import { FirehoseClient } from '@aws-sdk/client-firehose';
import { events } from '../contracts/events';
import { inTimeZone } from '../contracts/in-time-zone';
import type { Fault } from '../contracts/validate';
import { utc } from '../platform/time-zone';
import { type HttpRequest, readRecordTexts, UnreadableBody } from '../streams/http/http-body';
import { recordValidator, type ValidatedRecord } from '../streams/http/validate-record';
import { limits, splitBatches } from '../streams/send/batcher';
import { type DeliveryStream, type PutResult, putRecords } from '../streams/send/put-records';
import { type FunctionLog, withLog } from './function-log';

const validateEvent = recordValidator(inTimeZone(events, process.env.SHOPLAKE_TIME_ZONE || utc));
/** Maximum records per request: one batch of the delivery stream. */
const maxRecords = limits.recordsOfBatch;
const dayMs = 24 * 3600_000;

/** What the entry depends on. */
export interface Entry {
	readonly delivery: DeliveryStream;
	readonly clock: () => Date;
	readonly log: FunctionLog;
}

/** A response to API Gateway. */
export interface HttpResponse {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

interface RejectedRecord extends Omit<Fault, 'rule'> {
	/** Its index in the request, from 0. */
	readonly record: number;
	readonly event_id: string | null;
	readonly rule: Fault['rule'] | 'size';
}

interface AcceptedRecord {
	readonly record: number;
	readonly data: Uint8Array;
	readonly event_id: string;
}

/**
 * Takes events by HTTP: one record or up to 500. Validates them by the contract and passes the good ones to the stream.
 *
 * - 202: all records are accepted; `ids` names them.
 * - 400: `errors` gives index, field and rule of each bad record; the good ones are accepted all the same, and are in `ids`.
 * - 413: the body or the number of records is too large; nothing is accepted.
 * - 503, with Retry-After: the stream did not take all; `retry` has the indexes of the records to send again.
 *
 * Every response but 202 is one line of the log, with counts and no content of records. Sending a whole request again is
 * always harmless: Silver counts an `event_id` of a date once.
 */
export async function handleRequest({ delivery, clock, log }: Entry, request: HttpRequest): Promise<HttpResponse> {
	let texts: string[];
	try {
		texts = readRecordTexts(request);
	} catch (error) {
		if (!(error instanceof UnreadableBody)) throw error;
		log.warn('Request rejected', { status: error.status, reason: error.message });
		return json(error.status, { message: error.message, ids: [], errors: [] });
	}
	const records = texts.length;
	if (records > maxRecords) {
		const message = `The request has ${records} records; send at most ${maxRecords} at once.`;
		log.warn('Request rejected', { status: 413, records, reason: message });
		return json(413, { message, ids: [], errors: [] });
	}
	const lastDay = Math.floor(clock().getTime() / dayMs) + 1;
	const errors: RejectedRecord[] = [];
	const good: AcceptedRecord[] = [];
	for (const [record, text] of texts.entries()) {
		const validated = acceptOrReject(record, text, validateEvent(text, lastDay));
		if ('data' in validated) good.push(validated);
		else errors.push(validated);
	}
	const { undelivered, refusal } = await deliver(delivery, good);
	const ids = good.filter((record) => !undelivered.has(record)).map(({ event_id }) => event_id);
	const counts = { records, accepted: ids.length, rejected: errors.length, rejected_by_rule: countRules(errors) };
	if (undelivered.size > 0) {
		const { reason, requestId } = refusal ?? {};
		const undeliveredCount = { undelivered: undelivered.size, reason, aws_request_id: requestId };
		log.error('Records not delivered', { status: 503, ...counts, ...undeliveredCount });
		const message = `The stream did not take ${undelivered.size} of ${records} records. Send those of 'retry' again, or all.`;
		const retry = [...undelivered].map(({ record }) => record);
		return json(503, { message, ids, errors, retry }, { 'retry-after': '1' });
	}
	if (errors.length > 0) {
		log.warn('Records rejected', { status: 400, ...counts });
		return json(400, { message: `${errors.length} of ${records} records are rejected.`, ids, errors });
	}
	return json(202, { ids });
}

/** Delivers records; the ones that the stream did not take, and how it refused them last. */
async function deliver(delivery: DeliveryStream, records: readonly AcceptedRecord[]) {
	const undelivered = new Set<AcceptedRecord>();
	let refusal: PutResult | undefined;
	const onResult = (result: PutResult) => {
		if (result.reason !== undefined) refusal = result;
	};
	for (const batch of splitBatches(records)) {
		for (const record of await putRecords({ ...delivery, onResult }, batch)) undelivered.add(record);
	}
	return { undelivered, refusal };
}

function acceptOrReject(
	record: number,
	text: string,
	{ values, fault }: ValidatedRecord,
): AcceptedRecord | RejectedRecord {
	const event_id = values.get('event_id') ?? null;
	if (fault) return { record, event_id, ...fault };
	const data = Buffer.from(`${text}\n`);
	if (data.length > limits.bytesOfRecord) {
		const message = `the record has ${data.length} bytes, more than ${limits.bytesOfRecord}`;
		return { record, event_id, rule: 'size', message };
	}
	return { record, data, event_id: event_id ?? '' };
}

function countRules(errors: readonly RejectedRecord[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { rule } of errors) counts[rule] = (counts[rule] ?? 0) + 1;
	return counts;
}

function json(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
	return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

let delivery: DeliveryStream | undefined;

/** The sender waits for the response, so a slow stream counts as one that did not answer. */
const requestHandler = {
	connectionTimeout: 1000,
	requestTimeout: 3000,
	throwOnRequestTimeout: true,
	socketTimeout: 3000,
};

/** The Lambda behind API Gateway (HTTP API, payload format 2.0). `STREAM_NAME` is the delivery stream. */
export const handler = withLog(async (request: HttpRequest, log) => {
	delivery ??= {
		firehose: new FirehoseClient({ maxAttempts: 1, requestHandler }),
		stream: process.env.STREAM_NAME ?? 'firehose-to-s3',
		retryBudget: { tries: 4, firstMs: 50, longestMs: 400 },
		random: Math.random,
		signal: new AbortController().signal,
	};
	return handleRequest({ delivery, clock: () => new Date(), log }, request);
});
