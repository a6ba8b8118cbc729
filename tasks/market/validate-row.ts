import { quotes } from '../contracts/quotes';
import type { Rule } from '../contracts/rules';
import { compileRules } from '../contracts/validate';
import { isoSecond } from '../generate/quotes/minute';
import { type Quote, quoteColumns } from '../generate/quotes/quote';
import { type IsoTime, readIsoTime } from '../platform/iso-time';

/** A row that is not a quote. */
export interface RejectedRow {
	/** Its line number in the file, from 1. */
	readonly line: number;
	readonly rule: Rule;
	/** What is wrong with it. */
	readonly message: string;
	/** Its text. */
	readonly raw: string;
}

const findFault = compileRules(quotes);

/** The row as a quote with normalised figures and time, or the first rule that it breaks. Its values must be trimmed. */
export function validateRow(row: Quote): Quote | { readonly fault: Pick<RejectedRow, 'rule' | 'message'> } {
	const fault = findFault((column) => ({ text: row[column as keyof Quote] || null, isScalar: true }));
	if (fault?.rule === 'missing') {
		const empty = quoteColumns.filter((column) => row[column] === '');
		return { fault: { rule: 'missing', message: `${empty.join(', ')}: no value` } };
	}
	if (fault) return { fault: { rule: fault.rule, message: fault.message } };
	const { ticker, timestamp, ...figures } = row;
	const plain = Object.entries(figures).map(([name, figure]) => [name, plainDecimal(figure)]);
	return { ...row, timestamp: isoSecond((readIsoTime(timestamp) as IsoTime).ms), ...Object.fromEntries(plain) };
}

/** The number without redundant zeros, and without the sign of -0. */
const plainDecimal = (text: string): string =>
	text
		.replace(/^-?0*(?=\d)/, '')
		.replace(/(\.\d*?)0+$/, '$1')
		.replace(/\.$/, '');
