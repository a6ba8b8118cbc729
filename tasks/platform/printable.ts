/**
 * Characters that a terminal, an editor or a mail program acts on and doesn't show: control characters, other line ends,
 * and those that turn the direction of writing round.
 */
const unseen = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const unseenButLineFeeds = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text that somebody else wrote (a file's name, a value, a message that quotes one) as a person may be shown it, on one
 * line: characters that are not seen are escaped, as in `\x1b`, `\n`, `\u202e`.
 */
export const printable = (text: string): string => text.replace(unseen, escaped);

/** The same for a text of several lines: its line feeds stay. */
export const printableLines = (text: string): string => text.replace(unseenButLineFeeds, escaped);

function escaped(character: string): string {
	const code = character.charCodeAt(0).toString(16);
	return short[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
}
