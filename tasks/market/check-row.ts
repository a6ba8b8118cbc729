import { isoSecond } from '../generate/quotes/minute';
import { type Quote, quoteColumns } from '../generate/quotes/quote';
import { type IsoTime, largestOffset, readIsoTime } from '../platform/iso-time';

/** A row that is not a quote. */
export interface BadRow {
	/** Its place in the file, from 1. */
	readonly line: number;
	readonly rule: 'unparsable' | 'missing' | 'type' | 'range';
	/** What is wrong with it. */
	readonly message: string;
	/** Its text. */
	readonly raw: string;
}
type Fault = Pick<BadRow, 'rule' | 'message'>;

const prices = ['open', 'high', 'low', 'close'] as const;
/** Fifteen digits at most, so that a double tells any two of them apart. */
const price = /^\d{1,9}(\.\d{1,6})?$/;
const whole = /^\d{1,15}(\.0+)?$/;
const negative = /^-\d+(\.\d+)?$/;
const ticker = /^[A-Z0-9][A-Z0-9.^=/-]{0,19}$/;
/** A whole second of a day. */
const time = /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d:\d\d(\.0+)?(\s*(Z|[+-]\d\d:?\d\d))?$/;
/** The years of UTC that a quote may be of: before the first there is no market data, after the last no key. */
const years = { first: Date.UTC(1970, 0, 1), last: Date.UTC(9999, 11, 31, 23, 59, 59) };

/** A row as a quote, or which rule it breaks: the first of `missing`, `type`, `range`. Its values are trimmed already. */
export function checkRow(row: Quote): Quote | { readonly fault: Fault } {
	const fault = findMissing(row) ?? typeFault(row) ?? rangeFault(row);
	if (fault) return { fault };
	const timestamp = isoSecond((parseSecond(row.timestamp) as IsoTime).ms);
	const plain = prices.map((name) => [name, plainDecimal(row[name])]);
	return { ...row, timestamp, ...Object.fromEntries(plain), volume: plainDecimal(row.volume) };
}

function findMissing(row: Quote): Fault | undefined {
	const empty = quoteColumns.filter((name) => row[name] === '');
	return empty.length > 0 ? { rule: 'missing', message: `${empty.join(', ')} without a value` } : undefined;
}

function typeFault(row: Quote): Fault | undefined {
	const fault = (message: string): Fault => ({ rule: 'type', message });
	if (!ticker.test(row.ticker)) return fault(`ticker '${row.ticker}' is none: upper-case letters, digits, . ^ = / -`);
	if (parseSecond(row.timestamp) === undefined) {
		return fault(`timestamp '${row.timestamp}' is no whole second, such as 2026-11-20T09:31:05Z`);
	}
	const text = prices.find((name) => !price.test(row[name]) && !negative.test(row[name]));
	if (text) return fault(`${text} '${row[text]}' is no amount of at most 9 digits and 6 places`);
	if (!whole.test(row.volume) && !negative.test(row.volume)) return fault(`volume '${row.volume}' is no whole number`);
	return undefined;
}

function rangeFault(row: Quote): Fault | undefined {
	const fault = (message: string): Fault => ({ rule: 'range', message });
	const { ms, offsetMinutes } = parseSecond(row.timestamp) as IsoTime;
	if (Math.abs(offsetMinutes) > largestOffset) {
		return fault(`timestamp '${row.timestamp}' has an offset of more than 14 hours`);
	}
	if (ms < years.first || ms > years.last) {
		return fault(`timestamp '${row.timestamp}' is not in the years 1970 to 9999 of UTC`);
	}
	const below = [...prices, 'volume' as const].find((name) => negative.test(row[name]));
	if (below) return fault(`${below} ${row[below]} is less than 0`);
	const [open, high, low, close] = prices.map((name) => Number(row[name])) as [number, number, number, number];
	if (high < Math.max(open, close, low)) return fault(`high ${row.high} is not the highest`);
	if (low > Math.min(open, close)) return fault(`low ${row.low} is not the lowest`);
	return undefined;
}

const parseSecond = (text: string): IsoTime | undefined => (time.test(text) ? readIsoTime(text) : undefined);

/** A number without zeros that say nothing. */
const plainDecimal = (text: string): string =>
	text
		.replace(/^0+(?=\d)/, '')
		.replace(/(\.\d*?)0+$/, '$1')
		.replace(/\.$/, '');
