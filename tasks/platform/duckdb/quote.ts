import { DataRefusedError } from '../errors';
import { quoteValue } from '../quote-value';

/** An SQL identifier, quoted. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/**
 * An SQL string literal. Throws DataRefusedError if the text holds a NUL: DuckDB reads SQL up to the first one. Texts from
 * users' data are bound as values instead, or joined from tables.
 */
export function literal(text: string): string {
	if (text.includes('\0'))
		throw new DataRefusedError(`A text with a NUL character can't be used in SQL: ${quoteValue(text)}.`);
	return `'${text.replaceAll("'", "''")}'`;
}
/** An SQL list of string literals, for DuckDB's `read_…([…])` and `in (…)` without the brackets. */
export const literals = (texts: readonly string[]): string => texts.map(literal).join(', ');
