import { Random } from '../../platform/random';
import { formatSecond } from './minute';
import { type Quote, quoteColumns } from './quote';
import { type Stock, stocks } from './tickers';

const secondsOfMinute = 60;
const random = new Random('stocks');

/** A wave of the price: how long it takes in minutes, and how far it goes, as a share of the price. */
const waves = [
	{ minutes: 5 * 24 * 60, share: 0.08 },
	{ minutes: 60, share: 0.015 },
	{ minutes: 5, share: 0.004 },
] as const;
/** How far a second strays from the line between two minutes, and its extremes from open and close. */
const stray = 0.0005;
const streamOfSeconds = waves.length;

/**
 * The sixty quotes of a stock in a minute, made up. The same minute gives the same quotes on every machine, and its first
 * one opens where the minute before closed.
 */
export function makeQuotes(stock: Stock, minute: number): Quote[] {
	const [start, end] = [centsAt(stock, minute), centsAt(stock, minute + 1)];
	random.at(streamOfSeconds, minute, stocks.indexOf(stock));
	const quotes: Quote[] = [];
	let open = start;
	for (let second = 0; second < secondsOfMinute; second++) {
		const onTheLine = start + ((end - start) * (second + 1)) / secondsOfMinute;
		const strayed = (random.unit() * 2 - 1) * stray * stock.cents;
		const close = second === secondsOfMinute - 1 ? end : Math.max(1, Math.round(onTheLine + strayed));
		const high = Math.max(open, close) + Math.round(random.unit() * stray * stock.cents);
		const low = Math.max(1, Math.min(open, close) - Math.round(random.unit() * stray * stock.cents));
		quotes.push({
			ticker: stock.ticker,
			timestamp: formatSecond(minute, second),
			...{ open: dollars(open), high: dollars(high), low: dollars(low), close: dollars(close) },
			volume: String(random.below(2 * stock.volume)),
		});
		open = close;
	}
	return quotes;
}

/** Quotes as a CSV file, every line ended. */
export const formatCsv = (quotes: readonly Quote[]): string =>
	[quoteColumns, ...quotes.map((quote) => quoteColumns.map((column) => quote[column]))]
		.map((values) => `${values.join(',')}\n`)
		.join('');

/** What a share costs when a minute begins. */
function centsAt({ ticker, cents }: Stock, minute: number): number {
	const index = stocks.findIndex((stock) => stock.ticker === ticker);
	const moved = waves.reduce(
		(sum, { minutes, share }, stream) => sum + share * height(stream, index, minute / minutes),
		0,
	);
	return Math.round(cents * (1 + moved));
}

/** How high a wave stands, from -1 to 1: at random at each of its ends, and straight between them. */
function height(stream: number, index: number, at: number): number {
	const cell = Math.floor(at);
	const end = (of: number) => random.at(stream, of, index).unit() * 2 - 1;
	return end(cell) + (end(cell + 1) - end(cell)) * (at - cell);
}

const dollars = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
