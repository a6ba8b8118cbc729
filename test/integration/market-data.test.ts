import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
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
import { differences, quoteRows, StockMarket } from '../support/stock-market';
import { until } from '../support/until';
import { isWholeLoad } from '../support/whole-load';

/** The stack as deployed, except that a failed message is delivered again after seconds, not minutes. */
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
}, 600_000);
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
});

/** Stops the function and empties the queue of S3's test message and the messages of other tests. */
async function holdConsumer(): Promise<void> {
	await functions.consume('ConsumerLambda', false);
	await until(
		() => market.depth(market.queue),
		({ taken }) => taken === 0,
	);
	await market.drain(market.queue);
}

/** The queue once it has so many messages: S3 tells of a file a moment after it is written. */
const queued = (messages: number) =>
	until(
		() => market.depth(market.queue),
		({ waiting }) => waiting >= messages,
	);

const untilQueueIsEmpty = () =>
	until(
		() => market.depth(market.queue),
		({ waiting, taken }) => waiting + taken === 0,
	);

/** An hour, or a fifteenth of it. */
const minutes = isWholeLoad ? 60 : 4;
const hour = makeMinutes('2026-11-20T09:00:00Z', minutes);
const poisonFiles: Readonly<Record<string, { content: string | Uint8Array; reason: string }>> = {
	empty: { content: '', reason: 'it is empty: it has no header' },
	'no-text': { content: Buffer.from([0x1f, 0x8b, 0xff, 0x0a]), reason: 'it is not UTF-8 text' },
	'no header': {
		content: 'AAPL,2026-11-20T09:00:00Z,1,1,1,1,1\n',
		reason:
			"its first line is not a header: 'AAPL,2026-11-20T09:00:00Z,1,1,1,1,1' lacks ticker, timestamp, open, high, low, close, volume",
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

describe(`${minutes} minutes of quotes, with files sent twice, late, wrong and half done`, () => {
	const expected = new Map(quoteRows(quotesOfMinutes(hour)));
	const generatorCalls = [...hour, ...hour.slice(0, 3)];
	let generated: Readonly<Record<string, unknown>>[];
	let generatedMessages: number;

	beforeAll(async () => {
		await holdConsumer();
		generated = await mapConcurrently(generatorCalls, 2, (minute) =>
			functions.invoke('GeneratorLambda', { time: isoMinute(minute).replace('00.000Z', '41Z') }),
		);
		generatedMessages = (await queued(generatorCalls.length * 50)).waiting;
		const corrected = hour.filter((minute) => minute % 3 === 0);
		for (const [index, minute] of corrected.entries()) {
			const stock = stocks[index] as Stock;
			const quotes = makeQuotes(stock, minute).map((quote) => ({ ...quote, volume: '7' }));
			await market.put(quoteFileKey(minute, stock.ticker), formatCsv(quotes));
			for (const [key, row] of quoteRows(quotes)) expected.set(key, row);
		}
		for (const { key, content } of poison) await market.put(key, content);
		await market.put('stocks/2026-11-20/0900/X.BAD.csv', `ticker,timestamp,open,high,low,close,volume\n${badRows}`);
		expected.set('X.BAD 2026-11-20T09:00:00Z', '1 2 1 1 1');

		const files = generatorCalls.length * 50 + corrected.length + poison.length + 1;
		await queued(files);
		const messages = shuffled(await market.drain(market.queue));
		expect(messages).toHaveLength(files);
		const repeated = messages.filter((_, index) => index % 20 === 0);
		await market.send(market.queue, [...messages, ...repeated]);
		await consumeWithCrashes(messages.length + repeated.length);
	}, 2_100_000);

	/** Has the function consume everything, and kills it three times in the middle. */
	async function consumeWithCrashes(total: number): Promise<void> {
		await market.redeliverAfter(30);
		await functions.consume('ConsumerLambda', true);
		let killed = 0;
		for (const share of [0.9, 0.6, 0.3]) {
			await until(
				() => market.depth(market.queue),
				({ waiting }) => waiting < share * total,
			);
			killed += await functions.crash('ConsumerLambda');
		}
		expect(killed).toBeGreaterThan(0);
		await until(
			() => market.depth(market.queue),
			({ waiting, taken }) => waiting + taken <= 2 * poison.length,
		);
		await market.redeliverAfter(1);
		await untilQueueIsEmpty();
		await functions.consume('ConsumerLambda', false);
	}

	test('the generator writes 50 files a minute, and the same ones if it is called again', () => {
		const last = isoMinute(hour[minutes - 1] as number).replace('.000', '');
		expect(generated[minutes - 1]).toMatchObject({ minute: last, files: 50, rows: 3000 });
		expect(generated[minutes]).toEqual(generated[0]);
		expect(generatedMessages).toBe(generatorCalls.length * 50);
	});

	test('the table has exactly the newest quotes, row by row', async () => {
		const found = [...(await market.rows())].filter(([key]) => key.includes(' 2026-11-20T09:'));
		expect(differences(new Map(found), expected)).toEqual([]);
	});

	test('each unreadable file is among the dead letters, with the reason', async () => {
		const { letters, ...listed } = await runResult(env, 'stocks', 'redrive', '--dry-run', '--json');
		const found = letters as { file: string; verdict: string; reason: string }[];
		const files = new Map(found.map(({ file, verdict, reason }) => [file, `${verdict}: ${reason}`]));
		expect(Object.fromEntries(files)).toEqual(
			Object.fromEntries(poison.map(({ key, reason }) => [`s3://${market.bucket}/${key}`, `keep: ${reason}`])),
		);
		// A message that was sent twice is two dead letters.
		expect(listed).toMatchObject({ status: 'planned', moved: 0, dropped: 0, left: found.length });
		expect(await market.depth(market.deadLetters)).toEqual({ waiting: found.length, taken: 0 });
	});

	test('the reasons are kept beside the files, too', async () => {
		const { Contents = [] } = await market.s3.send(
			new ListObjectsV2Command({ Bucket: market.bucket, Prefix: 'rejected/stocks/2026-11-20/' }),
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
});

test('redrive moves back dead letters whose cause is fixed, drops those with nothing left to do, and keeps the rest', async () => {
	await holdConsumer();
	await market.drain(market.deadLetters);
	const key = (name: string) => `stocks/redrive/${name}.csv`;
	const file = (name: string) => `s3://${market.bucket}/${key(name)}`;
	const good = (ticker: string) =>
		formatCsv([
			{ ticker, timestamp: '2026-11-23T09:00:00Z', ...{ open: '1', high: '1', low: '1', close: '1', volume: '1' } },
		]);
	for (const name of ['replaced', 'removed', 'unreadable']) await market.put(key(name), '');
	// As if the table had refused it too often.
	await market.put(key('late'), good('LATE'));
	await queued(4);
	await market.send(market.deadLetters, await market.drain(market.queue));
	await market.put(key('replaced'), good('REPLACED'));
	await market.s3.send(new DeleteObjectCommand({ Bucket: market.bucket, Key: key('removed') }));

	const { letters, ...outcome } = await runResult(env, 'stocks', 'redrive', '--json');
	const decisions = letters as { file: string; verdict: string; reason: string }[];
	expect(new Map(decisions.map((one) => [one.file, `${one.verdict}: ${one.reason}`]))).toEqual(
		new Map([
			[file('late'), expect.stringMatching(/^move: the file can be read/)],
			[file('replaced'), 'drop: it is empty: it has no header; a newer file is in its place'],
			[file('removed'), 'drop: the file is deleted'],
			[file('unreadable'), 'keep: it is empty: it has no header'],
		]),
	);
	expect(outcome).toMatchObject({ status: 'published', moved: 1, dropped: 2, left: 1 });
	expect(await market.depth(market.deadLetters)).toEqual({ waiting: 1, taken: 0 });
	// The late file, and the one that replaced an unreadable one.
	expect(await queued(2)).toEqual({ waiting: 2, taken: 0 });
	expect(await runResult(env, 'stocks', 'consume', '--idle', '1')).toMatchObject({ files: 2, failed: 0 });
	for (const ticker of ['LATE', 'REPLACED']) {
		expect((await runResult(env, 'stocks', 'show', ticker)).quotes).toHaveLength(1);
	}
	await market.drain(market.deadLetters);
});

describe('without Lambda', () => {
	beforeEach(async () => {
		await holdConsumer();
		await market.redeliverAfter(2);
	});

	/** Writes the files of minutes by the task; each test has minutes of its own. */
	const generate = (minute: string, minutes = 1) =>
		runResult(env, 'stocks', 'generate', '--minute', minute, '--minutes', String(minutes));

	/** The differences between the table and the quotes of minutes, whose times begin with `start`. */
	async function wrongQuotes(start: string, minutes: readonly number[]): Promise<string[]> {
		const found = [...(await market.rows())].filter(([key]) => key.includes(` ${start}`));
		return differences(new Map(found), new Map(quoteRows(quotesOfMinutes(minutes))));
	}

	/** Waits until messages that a stopped consumer had received are visible again. */
	const untilNoneIsTaken = () =>
		until(
			() => market.depth(market.queue),
			({ taken }) => taken === 0,
		);

	test('a task writes the same files as the generator', async () => {
		const flags = ['--minute', '2026-11-21T10:00+01:00', '--minutes', '2'];
		expect(await runResult(env, 'stocks', 'generate', ...flags, '--dry-run')).toMatchObject({
			...{ status: 'planned', bucket: market.bucket, files: 100 },
			...{ from: '2026-11-21T09:00:00Z', to: '2026-11-21T09:01:00Z', example: 'stocks/2026-11-21/0900/AAPL.csv' },
		});
		expect(await market.depth(market.queue)).toEqual({ waiting: 0, taken: 0 });
		expect(await runResult(env, 'stocks', 'generate', ...flags)).toMatchObject({ status: 'published', rows: 6000 });
		expect(await queued(100)).toEqual({ waiting: 100, taken: 0 });
		const [minute = 0] = makeMinutes('2026-11-21T09:00:00Z', 1);
		const Key = quoteFileKey(minute, 'AAPL');
		const { Body } = await market.s3.send(new GetObjectCommand({ Bucket: market.bucket, Key }));
		expect(await Body?.transformToString()).toBe(formatCsv(makeQuotes(stocks[0] as Stock, minute)));
	});

	test('another task loads them into the table, also after an earlier one was killed in the middle', async () => {
		await generate('2026-11-21T11:00Z', 2);
		const first = startCli(env, 'stocks', 'consume');
		gate.at(60, 'after', () => first.kill('SIGKILL'));
		expect((await first.ended).code).toBeNull();
		gate.open();
		await untilNoneIsTaken();
		const second = await runResult(env, 'stocks', 'consume', '--idle', '1');
		expect(second).toMatchObject({ status: 'published', failed: 0, gone: 0, rejected: 0, replaced: 0 });
		expect(second.received).toBe(Number(second.added) + Number(second.superseded));
		expect(await wrongQuotes('2026-11-21T11:', makeMinutes('2026-11-21T11:00:00Z', 2))).toEqual([]);
		expect(await runResult(env, 'stocks', 'consume', '--idle', '0')).toMatchObject({
			status: 'unchanged',
			messages: 0,
		});
	});

	test('a task that is stopped finishes the messages in flight, and loses none', async () => {
		await generate('2026-11-22T09:00Z');
		const running = startCli(env, 'stocks', 'consume', '--idle', '20');
		gate.at(20, 'after', () => running.kill('SIGTERM'));
		const { code, result } = await running.ended;
		gate.open();
		expect({ code, status: result.status }).toEqual({ code: 143, status: 'terminated' });
		await untilNoneIsTaken();
		await runCli(env, 'stocks', 'consume', '--idle', '1');
		expect(await wrongQuotes('2026-11-22T09:', makeMinutes('2026-11-22T09:00:00Z', 1))).toEqual([]);
	});

	test('quotes are shown by ticker and interval', async () => {
		await generate('2026-11-24T09:00Z', 2);
		await runResult(env, 'stocks', 'consume', '--idle', '1');
		const interval = ['--from', '2026-11-24T09:00:58Z', '--to', '2026-11-24T09:01:01Z'];
		const { quotes, more } = await runResult(env, 'stocks', 'show', 'MSFT', ...interval);
		const msft = stocks.find(({ ticker }) => ticker === 'MSFT') as Stock;
		const shown = makeMinutes('2026-11-24T09:00:00Z', 2).flatMap((minute) => makeQuotes(msft, minute));
		expect(quotes).toEqual(
			shown.slice(58, 62).map(({ ticker, ...quote }) => ({
				...quote,
				...Object.fromEntries(
					['open', 'high', 'low', 'close'].map((name) => [name, String(Number(quote[name as 'open']))]),
				),
			})),
		);
		expect(more).toBe(false);
		const newest = await runResult(env, 'stocks', 'show', 'MSFT', '--to', '2026-11-24', '--limit', '2');
		expect(newest.quotes).toMatchObject([{ timestamp: '2026-11-24T09:01:58Z' }, { timestamp: '2026-11-24T09:01:59Z' }]);
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
	])('%j names what is missing', async (command, message) => {
		const { code, result } = await runCli(env, ...command);
		expect({ code, error: result.error }).toEqual({ code: 78, error: expect.stringContaining(message) });
	});

	test('if the table is missing, messages stay in the queue', async () => {
		const [minute = 0] = makeMinutes('2026-11-25T09:00:00Z', 1);
		await market.put('stocks/stays.csv', formatCsv(makeQuotes(stocks[0] as Stock, minute)));
		const { code, result } = await runCli(env, 'stocks', 'consume', '--stock-data-table', 'Nowhere');
		expect({ code, error: result.error }).toEqual({
			code: 78,
			error: expect.stringContaining('DynamoDB has no table Nowhere here.'),
		});
		await untilNoneIsTaken();
		expect(await runResult(env, 'stocks', 'consume', '--idle', '1')).toMatchObject({
			messages: 1,
			failed: 0,
			added: 60,
		});
	});
});

/** In a random order that is always the same. */
function shuffled<T>(items: readonly T[]): T[] {
	const random = new Random('order').at(0, 0, 0);
	return items
		.map((item) => ({ item, place: random.bits() }))
		.sort((a, b) => a.place - b.place)
		.map(({ item }) => item);
}
