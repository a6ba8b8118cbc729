import { readQuotes } from '../../../tasks/market/read-quotes';
import { csv } from './memory-market';

const good = '2026-11-20T09:31:00Z,1.00,2.00,0.50,1.50,100';
const header = 'ticker,timestamp,open,high,low,close,volume';
const read = (text: string) => readQuotes(Buffer.from(text));

test('rows become quotes with normalised figures and times', () => {
	const text = csv('A', '2026-11-20T10:31:00+01:00,1.50,02,0.250,1.0,3.0', '2026-11-20 09:31:01,7,7.100000,7,7,0');
	expect(read(text)).toEqual({
		quotes: [
			{ ticker: 'A', timestamp: '2026-11-20T09:31:00Z', open: '1.5', high: '2', low: '0.25', close: '1', volume: '3' },
			{ ticker: 'A', timestamp: '2026-11-20T09:31:01Z', open: '7', high: '7.1', low: '7', close: '7', volume: '0' },
		],
		repeated: 0,
		rejected: [],
	});
});

test.each([
	['a byte order mark', `\uFEFF${csv('A', good)}`],
	['line ends of Windows', csv('A', good).replaceAll('\n', '\r\n')],
	['line ends of several kinds', csv('A', good).replace('\n', '\r').replace('\n', '\r\n')],
	['quotes around values', `"ticker",${header.slice(7)}\n"A",${good}\n`],
	['blank lines', csv('A', good).replace('\n', '\n\n\n')],
	[
		'another order and further columns',
		`volume,x,close,low,high,open,timestamp,Ticker\n100,?,1.5,0.5,2,1,2026-11-20T09:31:00Z,A\n`,
	],
])('%s: the same quotes', (_, text) => {
	expect(read(text)).toEqual(read(csv('A', good)));
});

test('white space before the offset of a time, and an offset without a colon, are read', () => {
	const { quotes } = read(csv('A', '2026-11-20 09:31:00 -0500,1,2,1,1,5'));
	expect(quotes.map(({ timestamp }) => timestamp)).toEqual(['2026-11-20T14:31:00Z']);
});

test('a minus before nothing but zeros is dropped', () => {
	const { quotes } = read(csv('A', '2026-11-20T09:31:00Z,0,2,-0,-0.00,-0'));
	expect(quotes).toMatchObject([{ open: '0', low: '0', close: '0', volume: '0' }]);
});

test('a header alone is a file without quotes', () => {
	expect(read(`${header}\n`)).toEqual({ quotes: [], repeated: 0, rejected: [] });
});

test('the later of two rows of one second counts', () => {
	const { quotes, repeated } = read(csv('A', good, '2026-11-20T09:31:00Z,1,3,1,3,9'));
	expect(quotes.map(({ high }) => high)).toEqual(['3']);
	expect(repeated).toBe(1);
});

test.each([
	['A,2026-11-20T09:31:00Z,1,2,1,1', 'unparsable', 'the header has 7 columns, this line 6'],
	['A,2026-11-20T09:31:00Z,1,2,1,1,5"', 'unparsable', 'a quotation mark is misplaced'],
	[',2026-11-20T09:31:00Z,1,2,1,1, ', 'missing', 'ticker, volume: no value'],
	[
		'aapl,2026-11-20T09:31:00Z,1,2,1,1,5',
		'type',
		"ticker 'aapl' is not valid: use upper-case letters, digits, . ^ = / -",
	],
	[
		'A,2026-02-30T09:31:00Z,1,2,1,1,5',
		'type',
		"timestamp '2026-02-30T09:31:00Z' is not a whole second, such as 2026-11-20T09:31:05Z",
	],
	[
		'A,2026-11-20T09:31:00.5Z,1,2,1,1,5',
		'type',
		"timestamp '2026-11-20T09:31:00.5Z' is not a whole second, such as 2026-11-20T09:31:05Z",
	],
	[
		'A,2026-11-20T09:31:00Z,1e2,2,1,1,5',
		'type',
		"open '1e2' is not an amount of at most 9 digits and 6 decimal places",
	],
	[
		'A,2026-11-20T09:31:00Z,1,NaN,1,1,5',
		'type',
		"high 'NaN' is not an amount of at most 9 digits and 6 decimal places",
	],
	['A,2026-11-20T09:31:00Z,1,2,1,1,5.5', 'type', "volume '5.5' is not a whole number"],
	[
		'A,2026-11-20T09:31:00+05:60,1,2,1,1,5',
		'type',
		"timestamp '2026-11-20T09:31:00+05:60' is not a whole second, such as 2026-11-20T09:31:05Z",
	],
	[
		'A,2026-11-20T09:31:00+14:01,1,2,1,1,5',
		'range',
		"timestamp '2026-11-20T09:31:00+14:01' has an offset of more than 14 hours",
	],
	[
		'A,1969-12-31T23:59:59Z,1,2,1,1,5',
		'range',
		"timestamp '1969-12-31T23:59:59Z' is not in the years 1970 to 9999 of UTC",
	],
	[
		'A,9999-12-31T23:59:59-01:00,1,2,1,1,5',
		'range',
		"timestamp '9999-12-31T23:59:59-01:00' is not in the years 1970 to 9999 of UTC",
	],
	['A,2026-11-20T09:31:00Z,1,2,-1,1,5', 'range', 'low -1 is less than 0'],
	['A,2026-11-20T09:31:00Z,1,2,1,1,-5', 'range', 'volume -5 is less than 0'],
	['A,2026-11-20T09:31:00Z,1,2,1,2.000001,5', 'range', 'high 2 is not the highest'],
	['A,2026-11-20T09:31:00Z,1,2,1.1,1,5', 'range', 'low 1.1 is not the lowest'],
])('%s is rejected: %s', (raw, rule, message) => {
	const { quotes, rejected } = read(`${header}\nB,${good}\n${raw}\nC,${good}\n`);
	expect(rejected).toEqual([{ line: 3, rule, message, raw }]);
	expect(quotes.map(({ ticker }) => ticker)).toEqual(['B', 'C']);
});

test.each([
	['nothing', Buffer.alloc(0), 'it is empty: it has no header'],
	['no text', Buffer.from([0x74, 0xff, 0xfe, 0x0a]), 'it is not UTF-8 text'],
	['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x0a]), 'it is not UTF-8 text'],
	[
		'no header',
		`A,${good}\n`,
		"its first line is not a header: 'A,2026-11-20T09:31:00Z,1.00,2.00,0.50,1.50,100' lacks ticker, timestamp, open, high, low, close, volume",
	],
	[
		'half a header',
		'ticker,timestamp\n',
		"its first line is not a header: 'ticker,timestamp' lacks open, high, low, close, volume",
	],
	['a column twice', `${header},open\n`, 'its header has the column open twice'],
	['an end in a line', csv('A', good, good).slice(0, -3), 'it is cut off in the middle of line 3, which has no end'],
	['too much', Buffer.alloc(2 * 1024 ** 2 + 1, 'a'), 'it has 2097153 bytes, more than 2097152: send it in parts'],
])('a file with %s can’t be read', (_, content, message) => {
	expect(() => readQuotes(Buffer.from(content))).toThrow(expect.objectContaining({ name: 'PoisonFileError', message }));
});
