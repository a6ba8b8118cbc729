import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { formatCsv, makeQuotes } from '../../tasks/generate/quotes/make-quotes';
import { quoteFileKey } from '../../tasks/generate/quotes/minute';
import type { Quote } from '../../tasks/generate/quotes/quote';
import { type Stock, stocks } from '../../tasks/generate/quotes/tickers';
import { localSettings } from '../../tasks/local/settings';
import { mapConcurrently } from '../../tasks/platform/concurrency';
import { Random } from '../../tasks/platform/random';
import { buildCli, runCli, runResult, startCli } from '../support/cli';
import { DeployedFunctions } from '../support/deployed-functions';
import { deployStack } from '../support/deployed-stack';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import { closingPrices, differences, StockMarket } from '../support/stock-market';
import { until } from '../support/until';
import { isWholeLoad } from '../support/whole-load';

/** The stack as it is deployed; only how long a failed message stays away is shortened, from minutes to seconds. */
let aws: Server;
let gate: RequestGate;
let market: StockMarket;
let functions: DeployedFunctions;
let env: NodeJS.ProcessEnv;

const makeMinutes = (from: string, minutes: number) =>
	Array.from({ length: minutes }, (_, index) => Date.parse(from) / 60_000 + index);
const quotesOfMinutes = (minutes: readonly number[]): Quote[] =>
	minutes.flatMap((minute) => stocks.flatMap((stock) => makeQuotes(stock, minute)));
const isoMinute = (minute: number) => new Date(minute * 60_000).toISOString();

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	gate = await openGate(aws.endpoint);
	const outputs = await deployStack(aws.endpoint);
	market = new StockMarket(outputs);
	functions = new DeployedFunctions(aws.endpoint);
	env = { PATH: process.env.PATH, ...localSettings(gate.endpoint, outputs) };
	await functions.consume('ConsumerLambda', false);
	// S3 has tried the queue.
	await market.drain(market.queue);
});
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
});

/** An hour, or a tenth of it. */
const minutes = isWholeLoad ? 60 : 6;
const hour = makeMinutes('2026-11-20T09:00:00Z', minutes);
const poisonFiles: Readonly<Record<string, { content: string | Uint8Array; reason: string }>> = {
	empty: { content: '', reason: 'it is empty: there is not even a header' },
	'no-text': { content: Buffer.from([0x1f, 0x8b, 0xff, 0x0a]), reason: 'it is not UTF-8 text' },
	'no header': {
		content: 'AAPL,2026-11-20T09:00:00Z,1,1,1,1,1\n',
		reason:
			"its first line is no header: 'AAPL,2026-11-20T09:00:00Z,1,1,1,1,1' lacks ticker, timestamp, open, high, low, close, volume",
	},
	'cut+off': {
		content: formatCsv(makeQuotes(stocks[0] as Stock, hour[0] as number)).slice(0, -2),
		reason: 'it is cut off in the middle of line 61, which has no end',
	},
};
const kinds = Object.keys(poisonFiles);
const poison = Array.from({ length: Math.max(kinds.length, minutes / 2) }, (_, index) => {
	const kind = kinds[index % kinds.length] as string;
	return {
		key: quoteFileKey(hour[index] as number, kind),
		...(poisonFiles[kind] as { content: string; reason: string }),
	};
});
const badRows = 'X.BAD,2026-11-20T09:00:00Z,1,2,1,1,1\nX.BAD,never,1,1,1,1,1\nX.BAD,2026-11-20T09:00:02Z,1,1,2,1,1\n';

describe(`${minutes} minutes of quotes`, () => {
	const expected = new Map(closingPrices(quotesOfMinutes(hour)));
	/** Files that are sent once more with other figures. */
	const corrected = hour
		.filter((minute) => minute % 3 === 0)
		.map((minute, index) => ({ minute, stock: stocks[index] as Stock }));

	test('is written by the generator, which writes a minute again where it is called again', async () => {
		const calls = [...hour, ...hour.slice(0, 3)];
		const answers = await mapConcurrently(calls, 2, (minute) =>
			functions.invoke('GeneratorLambda', { time: isoMinute(minute).replace('00.000Z', '41Z') }),
		);
		const last = isoMinute(hour[minutes - 1] as number).replace('.000', '');
		expect(answers[minutes - 1]).toMatchObject({ minute: last, files: 50, rows: 3000 });
		expect(answers[minutes]).toEqual(answers[0]);
		const { waiting } = await market.depth(market.queue);
		expect(waiting).toBe((minutes + 3) * 50);
	});

	test('comes into the table row by row, whatever is sent twice, late, wrong or half done', async () => {
		for (const { minute, stock } of corrected) {
			const quotes = makeQuotes(stock, minute).map((quote) => ({ ...quote, volume: '7' }));
			await market.put(quoteFileKey(minute, stock.ticker), formatCsv(quotes));
			for (const [key, row] of closingPrices(quotes)) expected.set(key, row);
		}
		for (const { key, content } of poison) await market.put(key, content);
		await market.put('stocks/2026-11-20/0900/X.BAD.csv', `ticker,timestamp,open,high,low,close,volume\n${badRows}`);
		expected.set('X.BAD 2026-11-20T09:00:00Z', '1 2 1 1 1');

		const messages = shuffled(await market.drain(market.queue));
		expect(messages).toHaveLength((minutes + 3) * 50 + corrected.length + poison.length + 1);
		const twice = messages.filter((_, index) => index % 20 === 0);
		await market.send(market.queue, [...messages, ...twice]);
		await market.redeliverAfter(30);
		await functions.consume('ConsumerLambda', true);

		const total = messages.length + twice.length;
		let killed = 0;
		for (const share of [0.9, 0.6, 0.3]) {
			await until(
				() => market.depth(market.queue),
				({ waiting }) => waiting < share * total,
				600_000,
			);
			killed += await functions.crash('ConsumerLambda');
		}
		expect(killed).toBeGreaterThan(0);
		await until(
			() => market.depth(market.queue),
			({ waiting, taken }) => waiting + taken <= 2 * poison.length,
			600_000,
		);
		await market.redeliverAfter(1);
		await until(
			() => market.depth(market.queue),
			({ waiting, taken }) => waiting + taken === 0,
			300_000,
		);

		expect(differences(await market.rows(), expected)).toEqual([]);
	}, 1_500_000);

	test('leaves each file that can’t be read among the dead letters, and says why', async () => {
		const { letters, ...listed } = await runResult(env, 'stocks', 'redrive', '--dry-run', '--json');
		const found = letters as { file: string; verdict: string; reason: string }[];
		const files = new Map(found.map(({ file, verdict, reason }) => [file, `${verdict}: ${reason}`]));
		expect(Object.fromEntries(files)).toEqual(
			Object.fromEntries(poison.map(({ key, reason }) => [`s3://${market.bucket}/${key}`, `keep: ${reason}`])),
		);
		// A message that was sent twice is a letter of its own.
		expect(listed).toMatchObject({ status: 'planned', moved: 0, dropped: 0, left: found.length });
		expect(await market.depth(market.deadLetters)).toEqual({ waiting: found.length, taken: 0 });
	});

	test('leaves the reasons beside the files, too', async () => {
		const { Contents = [] } = await market.s3.send(
			new ListObjectsV2Command({ Bucket: market.bucket, Prefix: 'rejected/' }),
		);
		expect(Contents).toHaveLength(poison.length + 1);
		const readReport = async (start: string) => {
			const Key = Contents.find((object) => object.Key?.startsWith(`rejected/${start}/`))?.Key ?? '';
			const { Body } = await market.s3.send(new GetObjectCommand({ Bucket: market.bucket, Key }));
			return JSON.parse((await Body?.transformToString()) ?? '');
		};
		expect(await readReport('stocks/2026-11-20/0900/X.BAD.csv')).toMatchObject({
			rows: [
				{ line: 3, rule: 'type', raw: 'X.BAD,never,1,1,1,1,1' },
				{ line: 4, rule: 'range', message: 'high 1 is not the highest', raw: 'X.BAD,2026-11-20T09:00:02Z,1,1,2,1,1' },
			],
		});
		for (const { key, reason } of poison) expect(await readReport(key)).toMatchObject({ poison: reason, rows: [] });
	});

	test('what is mended is moved back, what needs nothing is dropped, and the rest stays', async () => {
		const [mended, removed] = poison as [(typeof poison)[0], (typeof poison)[0]];
		const before = await market.depth(market.deadLetters);
		const good = {
			ticker: 'MENDED',
			timestamp: '2026-11-20T09:00:00Z',
			open: '1',
			high: '1',
			low: '1',
			close: '1',
			volume: '1',
		};
		await market.put(mended.key, formatCsv([good]));
		await until(
			() => market.depth(market.queue),
			({ waiting, taken }) => waiting + taken === 0,
			60_000,
		);
		expect((await runResult(env, 'stocks', 'show', 'MENDED')).quotes).toHaveLength(1);
		const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
		await market.s3.send(new DeleteObjectCommand({ Bucket: market.bucket, Key: removed.key }));
		// As if the table had refused it too often.
		await functions.consume('ConsumerLambda', false);
		await market.put('stocks/late.csv', formatCsv([{ ...good, ticker: 'LATE' }]));
		await market.send(market.deadLetters, await market.drain(market.queue));

		const redriven = await runResult(env, 'stocks', 'redrive', '--json');
		const dropped = (redriven.letters as { file: string; verdict: string; reason: string }[]).filter(
			({ verdict }) => verdict === 'drop',
		);
		expect(new Map(dropped.map(({ file, reason }) => [file, reason]))).toEqual(
			new Map([
				[`s3://${market.bucket}/${mended.key}`, `${mended.reason}; a newer file is in its place`],
				[`s3://${market.bucket}/${removed.key}`, 'the file is deleted'],
			]),
		);
		expect(redriven).toMatchObject({
			status: 'published',
			moved: 1,
			dropped: dropped.length,
			left: before.waiting - dropped.length,
		});
		expect(await market.depth(market.deadLetters)).toEqual({ waiting: before.waiting - dropped.length, taken: 0 });
		expect(await market.depth(market.queue)).toEqual({ waiting: 1, taken: 0 });
		await functions.consume('ConsumerLambda', true);
		await until(
			() => market.depth(market.queue),
			({ waiting, taken }) => waiting + taken === 0,
			60_000,
		);
		expect((await runResult(env, 'stocks', 'show', 'LATE')).quotes).toHaveLength(1);
	});
});

describe('without Lambda', () => {
	const minutes = makeMinutes('2026-11-21T09:00:00Z', 2);
	beforeAll(async () => {
		await functions.consume('ConsumerLambda', false);
		await market.redeliverAfter(2);
	});

	test('a task writes the same files as the generator', async () => {
		const flags = ['--minute', '2026-11-21T10:00+01:00', '--minutes', '2'];
		expect(await runResult(env, 'stocks', 'generate', ...flags, '--dry-run')).toMatchObject({
			...{ status: 'planned', bucket: market.bucket, files: 100 },
			...{ from: '2026-11-21T09:00:00Z', to: '2026-11-21T09:01:00Z', example: 'stocks/2026-11-21/0900/AAPL.csv' },
		});
		expect(await market.depth(market.queue)).toEqual({ waiting: 0, taken: 0 });
		expect(await runResult(env, 'stocks', 'generate', ...flags)).toMatchObject({ status: 'published', rows: 6000 });
		expect(await market.depth(market.queue)).toEqual({ waiting: 100, taken: 0 });
	});

	test('another takes them into the table, also where the one before was killed in the middle', async () => {
		const first = startCli(env, 'stocks', 'consume');
		gate.at(60, 'after', () => first.kill('SIGKILL'));
		expect((await first.ended).code).toBeNull();
		gate.open();
		// What the first one had under way comes again.
		await until(
			() => market.depth(market.queue),
			({ taken }) => taken === 0,
			30_000,
		);
		const second = await runResult(env, 'stocks', 'consume', '--idle', '1');
		expect(second).toMatchObject({ status: 'published', failed: 0, gone: 0, rejected: 0, replaced: 0 });
		expect(second.received).toBe(Number(second.added) + Number(second.superseded));
		const expected = new Map(closingPrices(quotesOfMinutes(minutes)));
		const found = [...(await market.rows())].filter(([key]) => / 2026-11-21T/.test(key));
		expect(differences(new Map(found), expected)).toEqual([]);
		expect(await runResult(env, 'stocks', 'consume', '--idle', '0')).toMatchObject({
			status: 'unchanged',
			messages: 0,
		});
	});

	test('one that is stopped ends what it has begun, and loses nothing', async () => {
		await runResult(env, 'stocks', 'generate', '--minute', '2026-11-22T09:00Z', '--minutes', '1');
		const running = startCli(env, 'stocks', 'consume', '--idle', '20');
		gate.at(20, 'after', () => running.kill('SIGTERM'));
		const { code, result } = await running.ended;
		gate.open();
		expect({ code, status: result.status }).toEqual({ code: 143, status: 'terminated' });
		await until(
			() => market.depth(market.queue),
			({ taken }) => taken === 0,
			30_000,
		);
		await runCli(env, 'stocks', 'consume', '--idle', '1');
		const found = [...(await market.rows())].filter(([key]) => / 2026-11-22T/.test(key));
		expect(
			differences(new Map(found), new Map(closingPrices(quotesOfMinutes(makeMinutes('2026-11-22T09:00:00Z', 1))))),
		).toEqual([]);
	});

	test('quotes are shown by ticker and interval', async () => {
		const interval = ['--from', '2026-11-21T09:00:58Z', '--to', '2026-11-21T09:01:01Z'];
		const { quotes, more } = await runResult(env, 'stocks', 'show', 'MSFT', ...interval);
		const msft = stocks.find(({ ticker }) => ticker === 'MSFT') as Stock;
		const expected = minutes.flatMap((minute) => makeQuotes(msft, minute)).slice(58, 62);
		expect(quotes).toEqual(
			expected.map(({ ticker, ...quote }) => ({
				...quote,
				...Object.fromEntries(
					['open', 'high', 'low', 'close'].map((name) => [name, String(Number(quote[name as 'open']))]),
				),
			})),
		);
		expect(more).toBe(false);
		const newest = await runResult(env, 'stocks', 'show', 'MSFT', '--to', '2026-11-21', '--limit', '2');
		expect(newest.quotes).toMatchObject([{ timestamp: '2026-11-21T09:01:58Z' }, { timestamp: '2026-11-21T09:01:59Z' }]);
		expect(newest.more).toBe(true);
	});

	test.each([
		[['stocks', 'generate', '--stocks-bucket', 'nowhere'], 'S3 has no bucket nowhere here. Deploy the stack'],
		[
			['stocks', 'show', 'AAPL', '--stock-data-table', 'Nowhere'],
			'DynamoDB has no table Nowhere here. Deploy the stack',
		],
		[
			['stocks', 'consume', '--stock-queue', 'http://sqs/000000000000/Nowhere'],
			'SQS has no queue http://sqs/000000000000/Nowhere here. Deploy the stack',
		],
	])('%j says what is missing', async (command, message) => {
		const { code, result } = await runCli(env, ...command);
		expect({ code, error: result.error }).toEqual({ code: 78, error: expect.stringContaining(message) });
	});

	test('where the table is missing, messages stay in the queue', async () => {
		await market.put('stocks/stays.csv', formatCsv(makeQuotes(stocks[0] as Stock, minutes[0] as number)));
		const { code, result } = await runCli(env, 'stocks', 'consume', '--stock-data-table', 'Nowhere');
		expect({ code, error: result.error }).toEqual({
			code: 78,
			error: expect.stringContaining('DynamoDB has no table Nowhere here.'),
		});
		await until(
			() => market.depth(market.queue),
			({ taken }) => taken === 0,
			30_000,
		);
		expect(await runResult(env, 'stocks', 'consume', '--idle', '1')).toMatchObject({
			messages: 1,
			failed: 0,
			replaced: 60,
		});
	});
});

/** In an order that is always the same one. */
function shuffled<T>(items: readonly T[]): T[] {
	const random = new Random('order').at(0, 0, 0);
	return items
		.map((item) => ({ item, place: random.bits() }))
		.sort((a, b) => a.place - b.place)
		.map(({ item }) => item);
}
