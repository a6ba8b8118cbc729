/** An SQL identifier, quoted. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** An SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** An SQL list of string literals, for DuckDB's `read_…([…])` and `in (…)` without the brackets. */
export const literals = (texts: readonly string[]): string => texts.map(literal).join(', ');
