/**
 * Measures how many quotes a second `shoplake stocks consume` loads from the queue into StockData on its own MiniStack,
 * and compares that with writing the same rows by other DynamoDB requests, without queue and files.
 *
 *   npx tsx bench/stocks-consume.ts [--rounds 5] [--minutes 10]
 *
 * Prints Markdown. `npm run build` first.
 */
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
	BatchWriteItemCommand,
	DynamoDBClient,
	PutItemCommand,
	TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { makeQuotes } from '../tasks/generate/quotes/make-quotes';
import type { Quote } from '../tasks/generate/quotes/quote';
import { stocks } from '../tasks/generate/quotes/tickers';
import { localSettings } from '../tasks/local/settings';
import { mapConcurrently } from '../tasks/platform/concurrency';
import { DeployedFunctions } from '../test/support/deployed-functions';
import { deployStack } from '../test/support/deployed-stack';
import { startMiniStack, useEndpoint } from '../test/support/ministack';
import { StockMarket } from '../test/support/stock-market';
import { machine, markdownTable, median, spread } from './support/figures';

const { values: flags } = parseArgs({
	options: { rounds: { type: 'string', default: '5' }, minutes: { type: 'string', default: '10' } },
});
const [rounds, minutes] = [Number(flags.rounds), Number(flags.minutes)];

/** The next minute that no contender has written. */
let unused = Date.parse('2026-01-01T00:00:00Z') / 60_000;
function freshMinutes(count: number): number {
	unused += count;
	return unused - count;
}
/** Rows for the contenders that only write: enough for a second or more. */
const freshQuotes = (): Quote[] =>
	[freshMinutes(1)].flatMap((minute) => stocks.flatMap((stock) => makeQuotes(stock, minute)));

const aws = await startMiniStack();
try {
	useEndpoint(aws.endpoint);
	const outputs = await deployStack(aws.endpoint);
	const market = new StockMarket(outputs);
	await new DeployedFunctions(aws.endpoint).consume('ConsumerLambda', false);
	await market.drain(market.queue);
	const env = { ...process.env, ...localSettings(aws.endpoint, outputs) };
	const dynamodb = new DynamoDBClient({});
	const loadBefore = loadavg()[0];

	const contenders: Readonly<Record<string, () => Promise<number>>> = {
		'`stocks consume`: queue, files, conditional statements, 25 a request': async () => {
			const first = new Date(freshMinutes(minutes) * 60_000).toISOString();
			await shoplake(env, 'stocks', 'generate', '--minute', first, '--minutes', String(minutes));
			const { added, failed, seconds } = await shoplake(env, 'stocks', 'consume', '--idle', '0');
			if (added !== minutes * 3000 || failed !== 0) throw new Error(`${added} rows added, ${failed} files failed`);
			return added / seconds;
		},
		'the rows alone, by conditional PutItem, 48 at a time': async () =>
			rate((quotes) =>
				mapConcurrently(quotes, 48, (quote) => dynamodb.send(new PutItemCommand(buildPut(quote, true)))),
			),
		'the rows alone, by BatchWriteItem without a condition, 25 a request': async () =>
			rate((quotes) =>
				mapConcurrently(chunks(quotes, 25), 4, (some) => {
					const requests = some.map((quote) => ({ PutRequest: { Item: buildPut(quote, false).Item } }));
					return dynamodb.send(new BatchWriteItemCommand({ RequestItems: { StockData: requests } }));
				}),
			),
		'the rows alone, by transactions of 100 (twice the price)': async () =>
			rate((quotes) =>
				mapConcurrently(chunks(quotes, 100), 4, (some) =>
					dynamodb.send(
						new TransactWriteItemsCommand({ TransactItems: some.map((quote) => ({ Put: buildPut(quote, true) })) }),
					),
				),
			),
	};
	const rates = Object.keys(contenders).map((): number[] => []);
	for (let round = 0; round < rounds; round++) {
		const order = [...Object.values(contenders).entries()];
		// Each round starts with another contender.
		order.push(...order.splice(0, round % order.length));
		for (const [index, contender] of order) rates[index]?.push(await contender());
	}
	const [own = []] = rates;
	console.log(
		[
			`${machine()}; load average ${loadBefore?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} at the end.`,
			`${rounds} rounds, ${minutes} minutes of quotes (${minutes * 3000} rows) a round.`,
			'',
			markdownTable(
				Object.keys(contenders).map((what, index) => ({
					what,
					'rows/s (min / median / max)': spread(rates[index] ?? [], 0),
					'times `stocks consume` (median of rounds)': median(
						(rates[index] ?? []).map((one, round) => one / (own[round] as number)),
					).toFixed(2),
				})),
			),
		].join('\n'),
	);
} finally {
	await aws.stop();
}

/** Rows per second when writing a new minute. */
async function rate(write: (quotes: readonly Quote[]) => Promise<unknown>): Promise<number> {
	const quotes = freshQuotes();
	const start = performance.now();
	await write(quotes);
	return quotes.length / ((performance.now() - start) / 1000);
}

function buildPut({ ticker, timestamp, open, high, low, close, volume }: Quote, conditional: boolean) {
	const version = { S: '2026-11-20T09:32:00Z 0123456789ab 00000000000000000000000000000000' };
	return {
		TableName: 'StockData',
		Item: {
			...{ PK: { S: ticker }, SK: { S: timestamp }, open: { N: open }, high: { N: high } },
			...{ low: { N: low }, close: { N: close }, volume: { N: volume }, version },
		},
		...(conditional
			? {
					ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
					ExpressionAttributeNames: { '#version': 'version' },
					ExpressionAttributeValues: { ':version': version },
				}
			: {}),
	};
}

function chunks<T>(items: readonly T[], size: number): T[][] {
	return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** The result of a command; throws if it fails. */
async function shoplake(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
	const program = join(import.meta.dirname, '..', 'dist', 'cli.js');
	const child = spawn(process.execPath, [program, ...args, '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
	let last = '{}';
	for await (const line of createInterface({ input: child.stdout })) last = line;
	const result = JSON.parse(last) as { added: number; failed: number; seconds: number; error?: string };
	if (result.error) throw new Error(result.error);
	return result;
}
