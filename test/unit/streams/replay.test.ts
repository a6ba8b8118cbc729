import { gzipSync } from 'node:zlib';
import { type ReplayOptions, replayFailed } from '../../../tasks/streams';
import { StreamLake } from './stream-lake';

const failed = 'processing-failed/live_orders/2026/11/26/10/';
let lab: StreamLake;
beforeEach(() => {
	lab = new StreamLake();
});

const replay = (options: Partial<ReplayOptions> = {}) =>
	lab.process((context) => replayFailed(context, { stream: 'live_orders', dates: undefined, ...options }));

/** A line that Firehose writes for a failed record; `data` is the input of the transformation. */
const failure = (data: string | Buffer, more: Record<string, unknown> = {}) =>
	`${JSON.stringify({
		attemptsMade: 4,
		arrivalTimestamp: 1795687800000,
		errorCode: 'Lambda.FunctionTimedOut',
		errorMessage: 'The Lambda function timed out.',
		attemptEndingTimestamp: 1795687900000,
		rawData: Buffer.from(data).toString('base64'),
		lambdaArn: 'arn:aws:lambda:us-east-1:000000000000:function:transform',
		...more,
	})}\n`;
const change = (eventID: string, more: Record<string, unknown> = {}, eventName = 'INSERT') =>
	JSON.stringify({
		eventID,
		eventName,
		dynamodb: {
			ApproximateCreationDateTime: 1795687700,
			NewImage: { orderid: { S: '7421' }, product_name: { S: 'Laptop' }, quantity: { N: '3' }, price: { N: '429.99' } },
			...more,
		},
	});

test('records that can be transformed now are delivered into the hour of their failure, and sealed like any others', async () => {
	await lab.deliver(
		`${failed}a`,
		failure(change('e1')) + failure('no json') + failure(change('e2', { NewImage: undefined }, 'REMOVE')),
	);
	await lab.deliver(`${failed}b`, gzipSync(failure(change('e3'))));
	const counts = {
		objects: 2,
		records: 4,
		replayable: 2,
		deletions: 1,
		refused: 1,
		failed_by_error: { 'Lambda.FunctionTimedOut: The Lambda function timed out.': 4 },
		examples: [
			{
				object: `${failed}a`,
				line: 2,
				data: 'no json',
				reason: expect.stringContaining('not valid JSON'),
				error: expect.any(String),
			},
		],
	};
	expect(await replay({ dryRun: true })).toMatchObject({ status: 'planned', delivered_objects: 0, ...counts });
	expect(lab.store.keys('bronze/')).toEqual([]);
	expect(await replay()).toMatchObject({ status: 'published', delivered_objects: 2, ...counts });
	expect(await replay()).toMatchObject({ status: 'unchanged', delivered_objects: 0, ...counts });

	expect(await lab.seal()).toMatchObject({ objects: 2, received: 2, rejected: 0 });
	await lab.clean();
	expect(
		(await lab.rows('silver_gadget_sales')).map(({ event_id, event_time, quantity }) => [
			event_id,
			event_time,
			quantity,
		]),
	).toEqual([
		['e1', '2026-11-26T10:08:20.000000Z', 3],
		['e3', '2026-11-26T10:08:20.000000Z', 3],
	]);
	// Delivered after all: a copy.
	await lab.deliver(
		'bronze/live_orders/2026/11/26/12/late',
		lab.store.contents('bronze/live_orders/')[lab.store.keys('bronze/live_orders/')[0] as string] as string,
	);
	await lab.seal();
	expect(await lab.clean()).toMatchObject({ kept: 0, duplicates: 1 });
	expect(lab.store.keys('processing-failed/')).toHaveLength(2);
});

test('a replay that was sealed is not delivered again once S3 has deleted its object', async () => {
	await lab.deliver(`${failed}a`, failure(change('e1')));
	await replay();
	await lab.seal();
	await lab.store.delete(lab.store.keys('bronze/live_orders/'));
	expect(await replay()).toMatchObject({ status: 'unchanged', replayable: 1, delivered_objects: 0 });
	expect(lab.store.keys('bronze/live_orders/')).toEqual([]);
});

test('a delivery whose response was lost counts as delivered', async () => {
	await lab.deliver(`${failed}a`, failure(change('e1')));
	const store = lab.store.door({ losesAnswer: () => true });
	const replaying = lab.process((context) => replayFailed(context, { stream: 'live_orders', dates: undefined }), store);
	expect(await replaying).toMatchObject({ status: 'published', delivered_objects: 1 });
	expect(await replay()).toMatchObject({ status: 'unchanged', delivered_objects: 0 });
});

test.each([
	['a line that Firehose did not write', 'hello\n', 'the line is not a failed record of Firehose'],
	['a record without data', `${JSON.stringify({ errorCode: 'x' })}\n`, 'the line is not a failed record of Firehose'],
	['bytes that are not UTF-8', failure(Buffer.from([0xff, 0xfe])), 'The encoded data was not valid'],
	['a change without its image', failure(JSON.stringify({ eventName: 'INSERT' })), 'The record has no field dynamodb.'],
])('%s is refused with the reason', async (_, content, reason) => {
	await lab.deliver(`${failed}a`, content);
	const outcome = await replay();
	expect(outcome).toMatchObject({ status: 'unchanged', records: 1, refused: 1 });
	expect(Object.keys(outcome.refused_by_reason as object)).toEqual([expect.stringContaining(reason)]);
	expect(lab.store.keys('bronze/')).toEqual([]);
});

test('error fields spelt with a capital are read too, and dates limit the failed objects', async () => {
	await lab.deliver(
		`${failed}a`,
		failure('x', { errorCode: undefined, errorMessage: undefined, ErrorCode: 'A', ErrorMessage: 'b' }),
	);
	expect(await replay({ dates: { from: '2026-11-26', to: '2026-11-26' } })).toMatchObject({
		failed_by_error: { 'A: b': 1 },
	});
	expect(await replay({ dates: { from: '2026-11-27', to: '2026-11-30' } })).toMatchObject({ objects: 0, records: 0 });
});

test('if nothing has failed, a replay succeeds with counts of 0', async () => {
	const nothing = {
		objects: 0,
		records: 0,
		replayable: 0,
		deletions: 0,
		refused: 0,
		delivered_objects: 0,
		refused_by_reason: {},
		failed_by_error: {},
		examples: [],
	};
	expect(await replay()).toEqual({ status: 'unchanged', stream: 'live_orders', ...nothing });
	expect(await replay({ dryRun: true })).toEqual({ status: 'planned', stream: 'live_orders', ...nothing });
});
