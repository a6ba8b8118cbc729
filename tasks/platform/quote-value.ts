import { printable } from './printable';

/** The most characters of a value that a message shows. */
const mostCharacters = 60;

/** A value of the user's data for a message: in quotes, on one line, without control characters, cut if it is long. */
export function quoteValue(text: string): string {
	const characters = [...text];
	if (characters.length <= mostCharacters) return `"${printable(text)}"`;
	const cut = characters.slice(0, mostCharacters).join('');
	return `"${printable(cut)}… (${Buffer.byteLength(text)} bytes)"`;
}
