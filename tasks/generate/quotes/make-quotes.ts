import { Random } from '../../platform/random';
import { formatSecond } from './minute';
import { type Quote, quoteColumns } from './quote';
import { type Stock, stocks } from './tickers';

const secondsOfMinute = 60;
const random = new Random('stocks');

/** Waves of a price: period in minutes, and amplitude as a share of the price. */
const waves = [
	{ minutes: 5 * 24 * 60, share: 0.08 },
	{ minutes: 60, share: 0.015 },
	{ minutes: 5, share: 0.004 },
] as const;
/** Noise of a second, as a share of the price: around the line between two minutes, and of high and low. */
const noise = 0.0005;
const streamOfSeconds = waves.length;

/**
 * Generates the sixty quotes of a stock in a minute. The same minute gives the same quotes on every machine, and opens at
 * the close of the minute before.
 */
export function makeQuotes(stock: Stock, minute: number): Quote[] {
	const [start, end] = [centsAt(stock, minute), centsAt(stock, minute + 1)];
	random.at(streamOfSeconds, minute, stocks.indexOf(stock));
	const quotes: Quote[] = [];
	let open = start;
	for (let second = 0; second < secondsOfMinute; second++) {
		const onTheLine = start + ((end - start) * (second + 1)) / secondsOfMinute;
		const deviation = (random.unit() * 2 - 1) * noise * stock.cents;
		const close = second === secondsOfMinute - 1 ? end : Math.max(1, Math.round(onTheLine + deviation));
		const high = Math.max(open, close) + Math.round(random.unit() * noise * stock.cents);
		const low = Math.max(1, Math.min(open, close) - Math.round(random.unit() * noise * stock.cents));
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

/** The quotes as CSV; every line ends in a line break. */
export const formatCsv = (quotes: readonly Quote[]): string =>
	[quoteColumns, ...quotes.map((quote) => quoteColumns.map((column) => quote[column]))]
		.map((values) => `${values.join(',')}\n`)
		.join('');

/** The price of a share at the start of a minute. */
function centsAt({ ticker, cents }: Stock, minute: number): number {
	const index = stocks.findIndex((stock) => stock.ticker === ticker);
	const change = waves.reduce(
		(sum, { minutes, share }, stream) => sum + share * height(stream, index, minute / minutes),
		0,
	);
	return Math.round(cents * (1 + change));
}

/** The height of a wave, from -1 to 1: random at each end of a period, linear between them. */
function height(stream: number, index: number, at: number): number {
	const cell = Math.floor(at);
	const heightAt = (end: number) => random.at(stream, end, index).unit() * 2 - 1;
	return heightAt(cell) + (heightAt(cell + 1) - heightAt(cell)) * (at - cell);
}

const dollars = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
