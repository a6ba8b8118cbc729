import { isoSecond } from '../generate/quotes/minute';
import { type Quote, quoteColumns } from '../generate/quotes/quote';
import { type IsoTime, largestOffset, readIsoTime } from '../platform/iso-time';

/** A row that is not a quote. */
export interface RejectedRow {
	/** Its line number in the file, from 1. */
	readonly line: number;
	readonly rule: 'unparsable' | 'missing' | 'type' | 'range';
	/** What is wrong with it. */
	readonly message: string;
	/** Its text. */
	readonly raw: string;
}
type Fault = Pick<RejectedRow, 'rule' | 'message'>;

const prices = ['open', 'high', 'low', 'close'] as const;
/** At most 15 digits, which a double holds exactly. */
const price = /^\d{1,9}(\.\d{1,6})?$/;
const whole = /^\d{1,15}(\.0+)?$/;
const negative = /^-\d+(\.\d+)?$/;
const ticker = /^[A-Z0-9][A-Z0-9.^=/-]{0,19}$/;
/** A whole second of a day. */
const time = /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d:\d\d(\.0+)?(\s*(Z|[+-]\d\d:?\d\d))?$/;
/** The range of a quote's time, UTC: there is no earlier market data, and later times don't sort as text. */
const years = { first: Date.UTC(1970, 0, 1), last: Date.UTC(9999, 11, 31, 23, 59, 59) };

/** The row as a quote, or the first rule that it breaks: `missing`, `type`, `range`. Its values must be trimmed. */
export function validateRow(row: Quote): Quote | { readonly fault: Fault } {
	const fault = findMissing(row) ?? typeFault(row) ?? rangeFault(row);
	if (fault) return { fault };
	const timestamp = isoSecond((parseSecond(row.timestamp) as IsoTime).ms);
	const plain = prices.map((name) => [name, plainDecimal(row[name])]);
	return { ...row, timestamp, ...Object.fromEntries(plain), volume: plainDecimal(row.volume) };
}

function findMissing(row: Quote): Fault | undefined {
	const empty = quoteColumns.filter((name) => row[name] === '');
	return empty.length > 0 ? { rule: 'missing', message: `${empty.join(', ')}: no value` } : undefined;
}

function typeFault(row: Quote): Fault | undefined {
	const fault = (message: string): Fault => ({ rule: 'type', message });
	if (!ticker.test(row.ticker))
		return fault(`ticker '${row.ticker}' is not valid: use upper-case letters, digits, . ^ = / -`);
	if (parseSecond(row.timestamp) === undefined) {
		return fault(`timestamp '${row.timestamp}' is not a whole second, such as 2026-11-20T09:31:05Z`);
	}
	const text = prices.find((name) => !price.test(row[name]) && !negative.test(row[name]));
	if (text) return fault(`${text} '${row[text]}' is not an amount of at most 9 digits and 6 decimal places`);
	if (!whole.test(row.volume) && !negative.test(row.volume))
		return fault(`volume '${row.volume}' is not a whole number`);
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

/** The number without redundant zeros. */
const plainDecimal = (text: string): string =>
	text
		.replace(/^0+(?=\d)/, '')
		.replace(/(\.\d*?)0+$/, '$1')
		.replace(/\.$/, '');
