/** The most levels of objects and lists in a record: beyond that, JSON readers give up or crash. */
export const mostLevels = 1000;

/** A shorter text can't exceed `mostLevels`: each level takes an opening and a closing bracket. */
export const shortestDeepText = 2 * mostLevels;

/** The message for a record that has more. */
export const nestedTooDeep = `the record is nested more than ${mostLevels} levels deep`;

/** Whether a JSON text nests objects and lists more than `mostLevels` deep; the text may be invalid JSON. */
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
