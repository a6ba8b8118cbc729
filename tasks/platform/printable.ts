/**
 * Characters that a terminal, an editor or a mail program interprets instead of showing: control characters, other line
 * ends, and those that change the writing direction.
 */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const unseenButLineFeeds = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text from outside (a file name, a value, a message that quotes one), safe to show on one line: invisible characters are
 * escaped, as in `\x1b`, `\n`, `\u202e`.
 */
export const printable = (text: string): string => text.replace(unseen, escaped);

/** The same for a text of several lines: line feeds stay. */
export const printableLines = (text: string): string => text.replace(unseenButLineFeeds, escaped);

function escaped(character: string): string {
	const code = character.charCodeAt(0).toString(16);
	return short[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
}
