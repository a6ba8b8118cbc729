import { formatCsv, makeQuotes } from '../../../tasks/generate/quotes/make-quotes';
import { quoteFileKey, toMinute } from '../../../tasks/generate/quotes/minute';
import { type Stock, stocks } from '../../../tasks/generate/quotes/tickers';
import { readQuotes } from '../../../tasks/market/read-quotes';

const minute = toMinute(new Date('2026-11-20T09:31:17.250Z'));
const apple = stocks[0] as Stock;

test('there are fifty tickers, each once', () => {
	expect(new Set(stocks.map(({ ticker }) => ticker)).size).toBe(50);
	expect(stocks).toHaveLength(50);
});

test('a minute of a stock is a header and a row a second, the same whenever it is made', () => {
	const text = formatCsv(makeQuotes(apple, minute));
	const lines = text.split('\n');
	expect(lines).toHaveLength(62);
	expect(lines[0]).toBe('ticker,timestamp,open,high,low,close,volume');
	expect(lines[1]).toMatch(/^AAPL,2026-11-20T09:31:00Z(,\d+\.\d\d){4},\d+$/);
	expect(lines[60]).toMatch(/^AAPL,2026-11-20T09:31:59Z,/);
	expect(lines[61]).toBe('');
	makeQuotes(apple, minute + 1);
	expect(formatCsv(makeQuotes(apple, minute))).toBe(text);
});

test('every stock of some minutes reads back without a bad row, and opens where it closed', () => {
	for (const stock of stocks) {
		let close: string | undefined;
		for (let at = minute; at < minute + 5; at++) {
			const made = makeQuotes(stock, at);
			const { quotes, rejected, repeated } = readQuotes(Buffer.from(formatCsv(made)));
			expect({ rows: quotes.length, rejected, repeated }).toEqual({ rows: 60, rejected: [], repeated: 0 });
			if (close !== undefined) expect(made[0]?.open).toBe(close);
			close = made.at(-1)?.close;
		}
	}
});

test('a price moves, but not far', () => {
	const closes = Array.from({ length: 300 }, (_, index) => Number(makeQuotes(apple, minute + 5 * index).at(-1)?.close));
	expect(new Set(closes).size).toBeGreaterThan(150);
	expect(Math.max(...closes)).toBeLessThan(260);
	expect(Math.min(...closes)).toBeGreaterThan(200);
});

test('the key names day, minute and ticker', () => {
	expect(quoteFileKey(minute, 'BRK.B')).toBe('stocks/2026-11-20/0931/BRK.B.csv');
});
