import { literal } from '../../platform/duckdb/quote';

/** What stands before the decimal places of a number. */
export type DecimalSign = ',' | '.';

/** Types whose values are numbers. */
export const isNumeric = (type: string): boolean => /^(decimal|double|int|bigint)/.test(type);

/** What may stand between thousands, by the decimal sign: RE2's class of the characters. */
const betweenThousands: Readonly<Record<DecimalSign, string>> = {
	',': `[.'’ \\x{a0}\\x{202f}]`,
	'.': `[,'’ \\x{a0}\\x{202f}]`,
};

/**
 * SQL of a number's text with a decimal point and nothing between thousands. A text that is not of this kind is changed so
 * that it breaks the rule `type`.
 */
export function decimalTextSql(text: string, sign: DecimalSign): string {
	const separator = betweenThousands[sign];
	const pattern = `[+-]?([0-9]+|[0-9]{1,3}(${separator}[0-9]{3})+)(${sign === '.' ? '\\.' : ','}[0-9]*)?`;
	const plain = `replace(regexp_replace(${text}, ${literal(separator)}, '', 'g'), ',', '.')`;
	return `case when regexp_full_match(${text}, ${literal(pattern)}) then ${plain} else ${text} || ${literal(` (with --decimal ${sign})`)} end`;
}

/** SQL of what to add to the message about a text that is not a number: how to have it read, where that is plain. */
export function decimalHintSql(text: string): string {
	const is = (pattern: string) => `regexp_full_match(${text}, ${literal(pattern)})`;
	return `case
		when ${is('[-+0-9.,\\s]*\\p{Sc}[-+0-9.,\\s]*')} then '. Leave the currency sign out, as a statement of an SQL source can'
		when ${is('[+-]?[0-9]{1,3},[0-9]{3}')} then '. It may mean two numbers: ingest with --decimal , if the comma is before decimal places, with --decimal . if it is between thousands'
		when ${is('[+-]?([0-9]+|[0-9]{1,3}(\\.[0-9]{3})+),[0-9]+')} then '. To read a decimal comma, ingest with --decimal ,'
		when ${is('[+-]?[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]+)?')} then '. To read commas between thousands, ingest with --decimal .'
		else '' end`;
}
