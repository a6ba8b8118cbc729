import type { AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { queryKpis } from '../../../../tasks/pipeline/serving';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

type Keys = Record<string, AttributeValue>[];
const january = { kind: 'orders', from: '2026-01-01', to: '2026-01-31' } as const;

/** The KPIs of January from a table that answers, of the keys it is asked for, only so many at each request. */
async function listAnswers(share: (request: number, keys: Keys) => number, signal?: AbortSignal) {
	const { context, dispose } = testContext({ store: new MemoryStore(), ...(signal ? { signal } : {}) });
	let requests = 0;
	const dynamodb = {
		send: async ({ input }: BatchGetItemCommand) => {
			const { Keys = [] } = input.RequestItems?.OrderKPIs ?? {};
			const answered = share(requests++, Keys);
			const left = Keys.slice(answered);
			return {
				Responses: { OrderKPIs: Keys.slice(0, answered).map((key) => ({ ...key, total_orders: { N: '1' } })) },
				...(left.length > 0 ? { UnprocessedKeys: { OrderKPIs: { Keys: left } } } : {}),
			};
		},
	} as unknown as DynamoDBClient;
	const aws = { ...context.aws, meter: context.aws.meter, dynamodb: async () => dynamodb };
	try {
		return { rows: await queryKpis({ ...context, aws }, january, () => 0), requests };
	} catch (error) {
		return { error, requests };
	} finally {
		await dispose();
	}
}

test('keys that DynamoDB leaves out are asked for again until all are answered', async () => {
	const { rows, requests } = await listAnswers((request) => (request % 3 === 0 ? 0 : 2));
	expect(rows?.map(({ order_date }) => order_date)).toEqual(
		Array.from({ length: 31 }, (_, index) => `2026-01-${String(index + 1).padStart(2, '0')}`),
	);
	expect(requests).toBe(24);
});

test('a table that answers for no key at all is given up after ten tries (exit code 75)', async () => {
	const { error, requests } = await listAnswers(() => 0);
	expect(error).toMatchObject({
		exitCode: 75,
		message:
			'DynamoDB table OrderKPIs answers for none of 31 dates after 10 tries: its read capacity is used up. Run the same command again later.',
	});
	expect(requests).toBe(10);
});

test('a stopped task asks no more', async () => {
	const stop = new AbortController();
	const { error, requests } = await listAnswers(() => {
		stop.abort();
		return 0;
	}, stop.signal);
	expect(error).toMatchObject({ name: 'AbortError' });
	expect(requests).toBe(1);
});

test.each([
	['', 'category is empty'],
	['é'.repeat(1025), 'has more than the 2048 bytes'],
])('a category that no item can have is the command line’s mistake (exit code 64)', async (category, reason) => {
	const { context, dispose } = testContext({ store: new MemoryStore() });
	await expect(queryKpis(context, { kind: 'category', category })).rejects.toMatchObject({
		exitCode: 64,
		message: expect.stringContaining(reason),
	});
	await dispose();
});
