import { DataRefusedError } from '../platform/errors';
import { codeTokens, type Token, textPosition, tokenize } from './sql-tokens';

/** The first words of statements that only read. */
const readingWords: ReadonlySet<string> = new Set([
	...['select', 'with', 'from', 'values', 'table'],
	...['pivot', 'pivot_wider', 'unpivot', 'pivot_longer', 'summarize', 'describe', 'desc', 'show'],
]);

/** DuckDB functions that change its state, print directly or read memory. */
const changingFunctions =
	/^((enable|disable)_\w+|(force_)?checkpoint|truncate_duckdb_logs|write_log|arrow_scan\w*|seq_scan)$/i;

export const whatIsAllowed =
	'A query may only read: select, with, from, values, table, pivot, unpivot, summarize, describe, show, and explain of these. --unsafe lifts this, for SQL that you trust.';

/**
 * Throws DataRefusedError, with the position, for a statement that may do more than read. DuckDB also checks the statement
 * itself (see `stream` of DuckDb); Athena can't, so this check has to be sufficient.
 */
export function checkReadOnly(sql: string, file: string, engine: 'duckdb' | 'athena'): void {
	const code = [...codeTokens(sql)];
	const first = firstWord(code);
	if (!isReadingWord(first)) {
		throw refused(sql, file, first, `a statement that starts with ${first.text.slice(0, 30)}`);
	}
	for (const [index, token] of code.entries()) {
		const isCall = code[index + 1]?.text === '(';
		const name = token.text.replaceAll('"', '');
		if (!isCall || !(token.kind === 'word' || token.kind === 'quoted')) continue;
		const isSystemQuery = /^query$/i.test(name) && /^"?system"?$/i.test(code[index - 2]?.text ?? '');
		if (changingFunctions.test(name) || isSystemQuery) throw refused(sql, file, token, `the function ${name}`);
	}
	if (engine === 'athena') checkUnambiguous(sql, file);
}

/** Whether a text begins as a statement that only reads does. */
export function startsReading(text: string): boolean {
	const code = [...codeTokens(text)];
	return code.length > 0 && isReadingWord(firstWord(code));
}

const isReadingWord = ({ kind, text }: Token): boolean => kind === 'word' && readingWords.has(text.toLowerCase());

/** The keyword of a statement: after opening brackets, and after EXPLAIN with its options. */
function firstWord(code: readonly Token[]): Token {
	let index = 0;
	const at = (offset: number) => (code[index + offset]?.text ?? '').toLowerCase();
	if (at(0) === 'explain') {
		index++;
		while (/^(analyze|verbose)$/.test(at(0))) index++;
		const isOptions = at(0) === '(' && at(1) !== '(' && !readingWords.has(at(1));
		if (isOptions) index += code.slice(index).findIndex(({ text }) => text === ')') + 1;
	}
	while (at(0) === '(') index++;
	return code[index] ?? (code.at(-1) as Token);
}

/** Refuses syntax in which Athena may see a string or comment end elsewhere than this program does. */
function checkUnambiguous(sql: string, file: string): void {
	for (const token of tokenize(sql)) {
		const { kind, text } = token;
		const what =
			kind === 'comment' && text.lastIndexOf('/*') > 0 && text.startsWith('/*')
				? 'a comment within a comment'
				: kind === 'string' && !text.startsWith("'")
					? `a string that begins with ${text.slice(0, 2)}`
					: text === '`'
						? 'a name in backticks'
						: undefined;
		if (what === undefined) continue;
		throw new DataRefusedError(
			`${file}, ${textPosition(sql, token.start)}: ${what}, which Athena parses differently. Write strings as '…', names as "…", and comments one by one.`,
		);
	}
}

const refused = (sql: string, file: string, { start }: Token, what: string): DataRefusedError =>
	new DataRefusedError(`${file}, ${textPosition(sql, start)}: ${what} is refused. ${whatIsAllowed}`);
