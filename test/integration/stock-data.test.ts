import { CreateTableCommand, DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { formatCsv, makeQuotes } from '../../tasks/generate/quotes/make-quotes';
import type { Quote } from '../../tasks/generate/quotes/quote';
import { type Stock, stocks } from '../../tasks/generate/quotes/tickers';
import { readQuotes } from '../../tasks/market/read-quotes';
import { type QuoteTable, writeQuotes } from '../../tasks/market/write-quotes';
import { Random } from '../../tasks/platform/random';
import { startDynamoDbLocal } from '../support/dynamodb-local';
import { startMiniStack } from '../support/ministack';
import type { Server } from '../support/server';

const minute = Date.parse('2026-11-20T09:31:00Z') / 60_000;

describe.each([
	['MiniStack', () => startMiniStack()],
	['DynamoDB Local', startDynamoDbLocal],
] as const)('quotes in %s', (_, start) => {
	let server: Server;
	let dynamodb: DynamoDBClient;
	let to: QuoteTable;

	beforeAll(async () => {
		server = await start();
		const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
		dynamodb = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
		await createTable('StockData');
		to = {
			...{ dynamodb, table: 'StockData', retentionDays: 0, consumed: () => undefined },
			...{ random: Math.random, signal: new AbortController().signal },
		};
	}, 600_000);
	afterAll(async () => {
		dynamodb?.destroy();
		await server?.stop();
	});

	const createTable = (TableName: string) =>
		dynamodb.send(
			new CreateTableCommand({
				TableName,
				BillingMode: 'PAY_PER_REQUEST',
				AttributeDefinitions: ['PK', 'SK'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
				KeySchema: [
					{ AttributeName: 'PK', KeyType: 'HASH' },
					{ AttributeName: 'SK', KeyType: 'RANGE' },
				],
			}),
		);

	/** `second close version` of all quotes of a ticker. */
	async function rows(table: string, ticker: string): Promise<string[]> {
		const found: string[] = [];
		for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: table })) {
			for (const { PK, SK, close, version } of Items) {
				if (PK?.S === ticker) found.push(`${SK?.S} ${Number(close?.N)} ${version?.S}`);
			}
		}
		return found.sort();
	}

	test('are added, replaced by a newer file, and not changed by the same file or an older one', async () => {
		const quotes = readQuotes(Buffer.from(formatCsv(makeQuotes(stocks[0] as Stock, minute)))).quotes;
		const cheaper = quotes.slice(0, 40).map((quote) => ({ ...quote, low: '1', close: '1' }));
		expect(await writeQuotes(to, quotes, 'version 2')).toEqual({ added: 60, replaced: 0, superseded: 0 });
		expect(await writeQuotes(to, quotes, 'version 2')).toEqual({ added: 0, replaced: 0, superseded: 60 });
		expect(await writeQuotes(to, cheaper, 'version 1')).toEqual({ added: 0, replaced: 0, superseded: 40 });
		expect(await writeQuotes(to, cheaper, 'version 3')).toEqual({ added: 0, replaced: 40, superseded: 0 });
		expect(await rows('StockData', 'AAPL')).toEqual(
			quotes.map(({ timestamp, close }, index) =>
				index < 40 ? `${timestamp} 1 version 3` : `${timestamp} ${Number(close)} version 2`,
			),
		);
	});

	test('expire by their own second if the table has a retention, and no more once it has none', async () => {
		const quotes = makeQuotes(stocks[2] as Stock, minute).slice(0, 2);
		const expiries = async () => {
			const found: string[] = [];
			for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: 'StockData' })) {
				for (const { PK, SK, expires_at } of Items) {
					if (PK?.S === quotes[0]?.ticker) found.push(`${SK?.S} ${expires_at?.N}`);
				}
			}
			return found.sort();
		};
		expect(await writeQuotes({ ...to, retentionDays: 30 }, quotes, 'version 1')).toMatchObject({ added: 2 });
		// 2026-12-20T09:31:00Z and the second after it.
		expect(await expiries()).toEqual(['2026-11-20T09:31:00Z 1797759060', '2026-11-20T09:31:01Z 1797759061']);
		expect(await writeQuotes({ ...to, retentionDays: 31 }, quotes.slice(0, 1), 'version 2')).toMatchObject({
			replaced: 1,
		});
		expect(await expiries()).toEqual(['2026-11-20T09:31:00Z 1797845460', '2026-11-20T09:31:01Z 1797759061']);
		expect(await writeQuotes(to, quotes, 'version 3')).toMatchObject({ replaced: 2 });
		expect(await expiries()).toEqual(['2026-11-20T09:31:00Z undefined', '2026-11-20T09:31:01Z undefined']);
	});

	test('that no consumer wrote are not replaced', async () => {
		const [quote] = makeQuotes(stocks[1] as Stock, minute) as [Quote];
		const Item = { PK: { S: quote.ticker }, SK: { S: quote.timestamp }, close: { N: '5' } };
		await dynamodb.send(new PutItemCommand({ TableName: 'StockData', Item }));
		expect(await writeQuotes(to, [quote], 'version 9')).toEqual({ added: 0, replaced: 0, superseded: 1 });
		expect(await rows('StockData', quote.ticker)).toEqual([`${quote.timestamp} 5 undefined`]);
	});

	test('end as in the newest files, also if consumers write repeatedly and in parallel', async () => {
		const random = new Random('side by side').at(0, 0, 0);
		await createTable('SideBySide');
		const seconds = makeQuotes(stocks[0] as Stock, minute).map(({ timestamp }) => timestamp);
		const versions = Array.from({ length: 9 }, (_, number) => ({
			version: `version ${number}`,
			quotes: seconds
				.filter(() => random.below(3) > 0)
				.map((timestamp): Quote => {
					const price = String(number + 1);
					return { ticker: 'X', timestamp, open: price, high: price, low: price, close: price, volume: '1' };
				}),
		}));
		const deliveries = [...versions, ...versions, ...versions]
			.map((delivery) => ({ delivery, place: random.bits() }))
			.sort((a, b) => a.place - b.place);
		const consumer = async () => {
			for (let next = deliveries.pop(); next; next = deliveries.pop()) {
				await writeQuotes({ ...to, table: 'SideBySide' }, next.delivery.quotes, next.delivery.version);
			}
		};
		await Promise.all([consumer(), consumer(), consumer(), consumer()]);

		const expected = new Map<string, string>();
		for (const { version, quotes } of versions) {
			for (const { timestamp, close } of quotes) expected.set(timestamp, `${timestamp} ${close} ${version}`);
		}
		expect(await rows('SideBySide', 'X')).toEqual([...expected.values()].sort());
	});

	test('without a table are an error that says so', async () => {
		const nowhere = writeQuotes({ ...to, table: 'Nowhere' }, makeQuotes(stocks[0] as Stock, minute), 'version 1');
		await expect(nowhere).rejects.toMatchObject({
			exitCode: 78,
			message: expect.stringMatching(/^DynamoDB has no table Nowhere here\./),
		});
	});
});
