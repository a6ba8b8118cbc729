import { printable } from './printable';

/** Characters of a value that a message shows. */
const mostCharacters = 60;

/** A value of the user's data as a message shows it: in quotes, on one line, without control characters, cut where long. */
export function quoteValue(text: string): string {
	const characters = [...text];
	if (characters.length <= mostCharacters) return `"${printable(text)}"`;
	const cut = characters.slice(0, mostCharacters).join('');
	return `"${printable(cut)}… (${Buffer.byteLength(text)} bytes)"`;
}
