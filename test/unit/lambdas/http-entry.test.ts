import { gzipSync } from 'node:zlib';
import { createFunctionLog, withLog } from '../../../tasks/lambdas/function-log';
import { handleRequest } from '../../../tasks/lambdas/http-entry';
import type { HttpRequest } from '../../../tasks/streams/http/http-body';
import { collectLogLines, invocation } from '../../support/invocation';
import { FirehoseError, StandInFirehose, type Weather } from '../../support/stand-in-firehose';

const fair: Weather = { fails: () => false, happens: () => 'nothing' };

let logLines: Record<string, unknown>[];
beforeEach(() => {
	logLines = collectLogLines();
});
afterEach(() => jest.restoreAllMocks());
/** What each log line of the request has, except for what all have. */
const logged = () =>
	logLines.map(({ function: name, request_id, ...line }) => {
		expect([name, request_id]).toEqual(['the-function', 'the-request']);
		return line;
	});

const event = (changes: Readonly<Record<string, unknown>> = {}) => ({
	event_id: 'e1',
	event_type: 'purchase',
	user_id: 'u1',
	product_id: 'p1',
	event_time: '2026-11-20T10:00:00Z',
	...changes,
});

async function ask(request: HttpRequest | string, firehose = new StandInFirehose(fair)) {
	const { statusCode, headers, body } = await handleRequest(
		{
			clock: () => new Date('2026-11-20T12:00:00Z'),
			log: createFunctionLog(invocation),
			delivery: {
				firehose: firehose.client,
				stream: 'firehose-to-s3',
				retryBudget: { tries: 3, firstMs: 0, longestMs: 0 },
				random: () => 0,
				signal: new AbortController().signal,
			},
		},
		typeof request === 'string' ? { body: request } : request,
	);
	expect(headers['content-type']).toBe('application/json');
	return { statusCode, headers, answer: JSON.parse(body), taken: firehose.taken };
}

const one = JSON.stringify(event());
const two = JSON.stringify(event({ event_id: 'e2' }));

test.each<[string, HttpRequest]>([
	['a list', { body: `[${one},${two}]` }],
	['a list over several lines', { body: ` [\n${one} ,\r\n${two}\n]` }],
	['records by name', { body: `{"source":"shop [}","records":[${one},${two}]}` }],
	['an object a line', { body: `${one}\n\n${two}\n` }],
	[
		'an object a line, said by its type',
		{ body: `${one}\r\n${two}`, headers: { 'Content-Type': 'application/x-ndjson' } },
	],
	['base64', { body: Buffer.from(`[${one},${two}]`).toString('base64'), isBase64Encoded: true }],
])('%s: 202 with the ids, and each record a line of the stream', async (_, request) => {
	const { statusCode, answer, taken } = await ask(request);
	expect({ statusCode, answer }).toEqual({ statusCode: 202, answer: { ids: ['e1', 'e2'] } });
	expect(taken).toEqual([`${one}\n`, `${two}\n`]);
	expect(logged()).toEqual([]);
});

test('one record, written over several lines, becomes one line', async () => {
	const { statusCode, answer, taken } = await ask(JSON.stringify(event({ name: 'a\nb' }), null, 2));
	expect({ statusCode, answer }).toEqual({ statusCode: 202, answer: { ids: ['e1'] } });
	expect(taken).toHaveLength(1);
	expect(taken[0]?.indexOf('\n')).toBe((taken[0]?.length ?? 0) - 1);
	expect(JSON.parse(taken[0] ?? '')).toEqual(event({ name: 'a\nb' }));
});

test('a number keeps all of its digits', async () => {
	const { answer, taken } = await ask(
		`[{"event_id": 12345678901234567890, ${one.slice(1).replace('"event_id":"e1",', '')}]`,
	);
	expect(answer).toEqual({ ids: ['12345678901234567890'] });
	expect(taken[0]).toContain('"event_id": 12345678901234567890,');
});

test('400 names record, field and rule; the good records are accepted', async () => {
	const records = [
		event({ event_id: 'good' }),
		event({ event_id: 'b1', event_type: 'Purchase', quantity: 0 }),
		event({ event_id: undefined }),
		event({ event_id: 'b3', price: '-0.005', event_time: '2026-11-22' }),
		event({ event_id: 'b4', event_time: '2026-11-22' }),
		event({ event_id: 'also good', event_time: '2026-11-21T23:59:59Z' }),
		'text',
	];
	const { statusCode, answer, taken } = await ask(JSON.stringify(records));
	expect(statusCode).toBe(400);
	expect(answer).toEqual({
		message: '5 of 7 records are rejected.',
		ids: ['good', 'also good'],
		errors: [
			{
				record: 1,
				event_id: 'b1',
				rule: 'enum',
				field: 'event_type',
				message: "event_type is 'Purchase', not one of product_view, add_to_cart, remove_from_cart, purchase",
			},
			{ record: 2, event_id: null, rule: 'missing', field: 'event_id', message: 'event_id is absent or empty' },
			{ record: 3, event_id: 'b3', rule: 'range', field: 'price', message: "price is '-0.005', less than 0" },
			{
				record: 4,
				event_id: 'b4',
				rule: 'future',
				field: 'event_time',
				message: "event_time is '2026-11-22', more than a day after the batch’s as-of",
			},
			{ record: 6, event_id: null, rule: 'unparsable', message: 'the line is not a JSON object' },
		],
	});
	expect(taken.map((line) => JSON.parse(line).event_id)).toEqual(['good', 'also good']);
	const rejected_by_rule = { enum: 1, missing: 1, range: 1, future: 1, unparsable: 1 };
	expect(logged()).toEqual([
		{ level: 'warn', message: 'Records rejected', status: 400, records: 7, accepted: 2, rejected: 5, rejected_by_rule },
	]);
});

test('each record is validated alone, however deep it is nested and even with half a surrogate pair', async () => {
	const nested = (levels: number, text: string) =>
		`{"a":${'['.repeat(levels)}"${text}"${']'.repeat(levels)},${one.slice(1)}`;
	const records = [one, nested(7000, '\\ud800'), nested(999, 'x'), nested(999, '\\ud800'), nested(400_000, 'x'), two];
	const { statusCode, answer, taken } = await ask(`[${records.join(',')}]`);
	expect(statusCode).toBe(400);
	expect(answer.ids).toEqual(['e1', 'e1', 'e2']);
	const unparsable = (record: number, message: string) => ({ record, event_id: null, rule: 'unparsable', message });
	expect(answer.errors).toEqual([
		unparsable(1, 'the record is nested more than 1000 levels deep'),
		unparsable(3, 'the line is not a JSON object'),
		unparsable(4, 'the record is nested more than 1000 levels deep'),
	]);
	expect(taken).toHaveLength(3);
});

test('numbers with very many zeros are validated at once', async () => {
	const zeros = '0'.repeat(900_000);
	const records = [`1${zeros}1.5`, `0.${zeros}1`, `1${zeros}1e2`].map((id) => one.replace('"e1"', id));
	const { answer } = await ask(`[${records.join(',')}]`);
	expect(answer.errors.map(({ rule }: { rule: string }) => rule)).toEqual(['range', 'range', 'range']);
});

test('a value of very many digits or escapes is validated as fast as any other', async () => {
	const values = [`"${'1'.repeat(900_000)}x"`, `"${'.'.repeat(900_000)}"`, `"${'\\\\'.repeat(400_000)}\\udc00"`];
	const { answer } = await ask(`[${values.map((price) => `{"price":${price},${one.slice(1)}`).join(',')}]`);
	expect(answer.errors.map(({ rule }: { rule: string }) => rule)).toEqual(['type', 'type', 'unparsable']);
});

test('an id that is a number is its decimal text, and the stream has what was sent', async () => {
	const record = one.replace('"event_id":"e1"', '"event_id":5001.0');
	const { answer, taken } = await ask(`[${record},${record.replace('5001.0', '123456789012345678901.0')}]`);
	expect(answer).toEqual({ ids: ['5001', '123456789012345678901'] });
	expect(taken[0]).toBe(`${record}\n`);
});

test('a field called __proto__ is passed on like any other', async () => {
	const record = one.replace('{', '{"__proto__":{"event_id":"other"},');
	const { answer, taken } = await ask(record);
	expect({ answer, taken }).toEqual({ answer: { ids: ['e1'] }, taken: [`${record}\n`] });
});

test.each<[string, HttpRequest, number, string]>([
	['no body', {}, 400, 'The body is not JSON.'],
	['an empty list', { body: '[]' }, 400, 'The body holds no record.'],
	['no record by name', { body: '{"records":[]}' }, 400, 'The body holds no record.'],
	['broken JSON', { body: `[${one}` }, 400, 'The body is not JSON.'],
	['gzip', { body: gzipSync(one).toString('base64'), isBase64Encoded: true }, 400, 'The body is not UTF-8.'],
	['501 records', { body: `[${Array(501).fill(one)}]` }, 413, 'The request has 501 records; send at most 500 at once.'],
	[
		'more than 6 MiB',
		{ body: `"${'x'.repeat(6 * 1024 ** 2)}"` },
		413,
		'The body has 6291458 bytes, more than 6291456.',
	],
])('%s: nothing is accepted', async (name, request, status, message) => {
	const { statusCode, answer, taken } = await ask(request);
	expect(statusCode).toBe(status);
	expect(answer).toEqual({ message: expect.stringContaining(message), ids: [], errors: [] });
	expect(taken).toEqual([]);
	const line = { level: 'warn', message: 'Request rejected', status, reason: answer.message };
	expect(logged()).toEqual([name === '501 records' ? { ...line, records: 501 } : line]);
});

test('500 records of more than 4 MiB go in two batches; a record of more than 1,000 KiB is rejected', async () => {
	const records = Array.from({ length: 500 }, (_, place) => event({ event_id: `e${place}`, text: 'x'.repeat(10_000) }));
	const { statusCode, taken } = await ask(JSON.stringify(records));
	expect(statusCode).toBe(202);
	expect(taken).toHaveLength(500);

	const { statusCode: status, answer } = await ask(JSON.stringify(event({ text: 'é'.repeat(512_000) })));
	expect(status).toBe(400);
	expect(answer.errors).toEqual([
		{ record: 0, event_id: 'e1', rule: 'size', message: 'the record has 1024121 bytes, more than 1024000' },
	]);
});

test('what the stream refuses is retried; 503 names what it never takes, and the log says why', async () => {
	const fails = [true, false, true, false, true, true, true];
	const once = new StandInFirehose({ ...fair, fails: () => fails.shift() ?? true });
	const records = [
		event(),
		event({ event_id: 'e2' }),
		event({ event_id: 'e3' }),
		event({ event_id: 'bad', user_id: ' ' }),
	];
	const { statusCode, headers, answer } = await ask(JSON.stringify(records), once);
	expect(statusCode).toBe(503);
	expect(headers['retry-after']).toBe('1');
	expect(answer).toEqual({
		message: "The stream did not take 1 of 4 records. Send those of 'retry' again, or all.",
		ids: ['e1', 'e2'],
		errors: [expect.objectContaining({ record: 3, rule: 'missing', field: 'user_id' })],
		retry: [2],
	});
	const counts = { records: 4, accepted: 2, rejected: 1, rejected_by_rule: { missing: 1 }, undelivered: 1 };
	const reason = 'ServiceUnavailableException';
	expect(logged()).toEqual([
		{ level: 'error', message: 'Records not delivered', status: 503, ...counts, reason, aws_request_id: 'request-5' },
	]);
});

test('the log has the reason of a 503 whose requests all failed, and AWS’s id of the last one', async () => {
	const happenings: ReturnType<Weather['happens']>[] = ['throttled', 'broken', 'throttled'];
	const { statusCode } = await ask(
		one,
		new StandInFirehose({ ...fair, happens: () => happenings.shift() ?? 'nothing' }),
	);
	expect(statusCode).toBe(503);
	expect(logged()).toEqual([
		expect.objectContaining({
			...{ level: 'error', status: 503, accepted: 0, undelivered: 1 },
			...{ reason: 'ServiceUnavailableException: Slow down.', aws_request_id: 'request-3' },
		}),
	]);
});

test('a stream that is missing fails the function, and the log has the reason and AWS’s id of the request', async () => {
	const missing = new FirehoseError('ResourceNotFoundException', 400, 'no such stream', 'request-1');
	const firehose = new StandInFirehose({
		...fair,
		happens: () => {
			throw missing;
		},
	});
	const handle = withLog(async () => ask(one, firehose));
	await expect(handle(undefined, invocation)).rejects.toThrow('Firehose has no delivery stream');
	expect(logged()).toEqual([
		{
			level: 'error',
			message: 'The function failed',
			error: 'ConfigurationError',
			reason: expect.stringMatching(/^Firehose has no delivery stream firehose-to-s3 here\./),
			aws_request_id: 'request-1',
		},
	]);
});

test('no log line has the content of a record', async () => {
	await ask(
		JSON.stringify([event({ event_id: 'secret-1', user_id: '' }), event({ event_type: 'secret-2' }), 'secret-3']),
	);
	await ask('[{"event_id":"secret-4"');
	await ask(JSON.stringify(event({ user_id: 'secret-5' })), new StandInFirehose({ ...fair, fails: () => true }));
	expect(logLines).toHaveLength(3);
	expect(JSON.stringify(logLines)).not.toContain('secret');
});

test('a sender doesn’t notice that the stream was throttled for a moment', async () => {
	const weather: ReturnType<Weather['happens']>[] = ['throttled', 'lost'];
	const firehose = new StandInFirehose({ ...fair, happens: () => weather.shift() ?? 'nothing' });
	const { statusCode, answer } = await ask(one, firehose);
	expect({ statusCode, answer }).toEqual({ statusCode: 202, answer: { ids: ['e1'] } });
	// The response was lost, so the record is sent again; later it counts once by its event_id.
	expect(firehose.taken).toEqual([`${one}\n`, `${one}\n`]);
});
