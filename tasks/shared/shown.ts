/** Characters of a value that a message shows. */
const mostCharacters = 60;

/** A value of the user's data as a message shows it: in quotes, on one line, without control characters, cut where long. */
export function shown(text: string): string {
	const characters = [...text];
	const cut =
		characters.length > mostCharacters
			? `${characters.slice(0, mostCharacters).join('')}… (${Buffer.byteLength(text)} bytes)`
			: text;
	return JSON.stringify(cut).replace(
		/[\u007f-\u009f\u2028\u2029]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}
