import { S3Client } from '@aws-sdk/client-s3';
import { handler as consume } from '../../../tasks/lambdas/stocks-consumer';
import { handler as generate } from '../../../tasks/lambdas/stocks-generator';
import { collectLogLines, invocation } from '../../support/invocation';

const common = { function: 'the-function', request_id: 'the-request' };
let logLines: Record<string, unknown>[];
beforeEach(() => {
	logLines = collectLogLines();
	process.env.AWS_REGION = 'eu-west-1';
	process.env.BUCKET_NAME = 'quotes';
});
afterEach(() => jest.restoreAllMocks());

describe('the consumer', () => {
	test('returns the messages that failed, and logs the reason of each and the totals', async () => {
		const message = (messageId: string, body: string) => ({
			...{ messageId, body, attributes: { ApproximateReceiveCount: '3' } },
		});
		const response = await consume(
			{ Records: [message('m1', 'hello'), message('m2', '{"Event":"s3:TestEvent"}')] },
			invocation,
		);
		expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
		expect(logLines).toEqual([
			{
				...common,
				...{
					level: 'error',
					message: 'Message failed',
					message_id: 'm1',
					receives: 3,
					error: 'UnrecognisedMessageError',
				},
				reason: expect.stringMatching(/^The message is not an S3 event/),
			},
			{
				...common,
				...{ level: 'info', message: 'Messages consumed', messages: 2, failed: 1, files: 0 },
				...{ added: 0, replaced: 0, superseded: 0, rejected: 0, gone: 0 },
			},
		]);
	});
});

describe('the generator', () => {
	const event = { time: '2026-11-20T09:31:17Z' };

	test('logs what it has written', async () => {
		jest.spyOn(S3Client.prototype, 'send').mockImplementation(async () => ({}));
		const written = await generate(event, invocation);
		expect(written).toEqual({ minute: '2026-11-20T09:31:00Z', files: 50, rows: 3000, bytes: expect.any(Number) });
		expect(logLines).toEqual([{ ...common, level: 'info', message: 'Quotes written', ...written }]);
	});

	test('writes fewer stocks if the deployment says so, the first ones by ticker', async () => {
		const keys: string[] = [];
		jest.spyOn(S3Client.prototype, 'send').mockImplementation(async ({ input }: { input: object }) => {
			keys.push((input as { Key: string }).Key);
		});
		process.env.STOCK_COUNT = '2';
		const written = await generate(event, invocation).finally(() => delete process.env.STOCK_COUNT);
		expect(written).toMatchObject({ files: 2, rows: 120 });
		expect(keys).toEqual(['stocks/2026-11-20/0931/AAPL.csv', 'stocks/2026-11-20/0931/ABBV.csv']);
	});

	test('logs the reason of a failure and the id of the request to AWS, and fails', async () => {
		const denied = Object.assign(new Error('No access.'), { name: 'AccessDenied', $metadata: { requestId: 'r-403' } });
		jest.spyOn(S3Client.prototype, 'send').mockImplementation(async () => Promise.reject(denied));
		await expect(generate(event, invocation)).rejects.toBe(denied);
		const failure = { error: 'AccessDenied', reason: 'No access.', aws_request_id: 'r-403' };
		expect(logLines).toEqual([{ ...common, level: 'error', message: 'The function failed', ...failure }]);
	});

	test('logs which variable is missing', async () => {
		delete process.env.BUCKET_NAME;
		await expect(generate(undefined, invocation)).rejects.toThrow('BUCKET_NAME is not set');
		expect(logLines).toEqual([expect.objectContaining({ level: 'error', error: 'TypeError' })]);
	});
});
