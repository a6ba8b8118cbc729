import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import { handler } from '../../../tasks/lambdas/measure-unsealed';
import { collectLogLines, invocation } from '../../support/invocation';

const now = new Date('2026-11-26T12:00:00.000Z');
const written: unknown[] = [];
let logLines: Record<string, unknown>[];
/** The objects of the bucket with their times, and the text of `_hints/sealed-live_orders`. */
let objects: Readonly<Record<string, string>>;
let mark: string | undefined;

beforeEach(() => {
	logLines = collectLogLines();
	jest.useFakeTimers({ now });
	written.length = 0;
	Object.assign(process.env, { AWS_REGION: 'eu-west-1', BUCKET_NAME: 'lake' });
	jest.spyOn(CloudWatchClient.prototype, 'send').mockImplementation(async ({ input }) => void written.push(input));
	jest.spyOn(S3Client.prototype, 'send').mockImplementation(async ({ input }) => {
		const { Key, Prefix = '' } = input as { Key?: string; Prefix?: string };
		if (Key === undefined) {
			const Contents = Object.entries(objects).map(([name, time]) => ({ Key: name, LastModified: new Date(time) }));
			return { Contents: Contents.filter((object) => object.Key.startsWith(Prefix)) };
		}
		const text = Key === '_hints/sealed-live_orders' ? mark : undefined;
		if (text === undefined) {
			const { NoSuchKey } = await import('@aws-sdk/client-s3');
			throw new NoSuchKey({ message: 'no', $metadata: { httpStatusCode: 404 } });
		}
		const { Readable } = await import('node:stream');
		return { Body: Readable.from([Buffer.from(text)]), ContentLength: text.length };
	});
});
afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

test.each<[string, number, { objects: Record<string, string>; mark?: string }]>([
	['nothing was ever delivered', 0, { objects: {} }],
	[
		'everything is sealed',
		0,
		{ objects: { 'bronze/live_orders/2026/11/26/03/a': '2026-11-26T03:01:00Z' }, mark: '2026-11-26T03:01:00.000Z' },
	],
	[
		'something was delivered after the last seal',
		2.5,
		{
			objects: {
				'bronze/live_orders/2026/11/26/03/a': '2026-11-26T03:01:00Z',
				'bronze/live_orders/2026/11/26/10/c': '2026-11-26T10:30:00Z',
				// Written again by `stream replay` into an earlier hour.
				'bronze/live_orders/2026/11/20/09/b': '2026-11-26T09:30:00Z',
			},
			mark: '2026-11-26T03:01:00.000Z',
		},
	],
	[
		'a stream was never sealed',
		48,
		{
			objects: {
				'bronze/live_events/2026/11/24/12/a': '2026-11-24T12:00:00Z',
				'bronze/live_events/readme': '2026-01-01',
			},
		},
	],
	['the mark is damaged', 1, { objects: { 'bronze/live_orders/2026/11/26/11/a': '2026-11-26T11:00:00Z' }, mark: 'x' }],
])('if %s, the oldest unsealed object is %d hours old', async (_, hours, given) => {
	({ objects, mark } = { mark: undefined, ...given });
	expect(await handler(undefined, invocation)).toEqual({ hours });
	expect(written).toEqual([
		{ Namespace: 'shoplake', MetricData: [{ MetricName: 'OldestUnsealed', Value: hours, Timestamp: now }] },
	]);
	expect(logLines).toEqual([expect.objectContaining({ level: 'info', hours })]);
});
