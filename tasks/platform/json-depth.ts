/** Levels of objects and lists that a record may have: more than that, and readers of JSON give up or break down. */
export const mostLevels = 1000;

/** A shorter text can't have more than `mostLevels`: each one takes a bracket to open and one to close. */
export const shortestDeepText = 2 * mostLevels;

/** What is told of a record that has more. */
export const nestedTooDeep = `the record is nested more than ${mostLevels} levels deep`;

/** Whether objects and lists of a JSON text lie in one another more than `mostLevels` deep; the text need not be sound. */
export function isNestedTooDeep(text: string): boolean {
	if (text.length <= shortestDeepText) return false;
	let levels = 0;
	for (let place = 0; place < text.length; place++) {
		const character = text[place];
		if (character === '"') {
			for (place++; place < text.length && text[place] !== '"'; place++) if (text[place] === '\\') place++;
		} else if (character === '{' || character === '[') {
			if (++levels > mostLevels) return true;
		} else if (character === '}' || character === ']') levels--;
	}
	return false;
}
