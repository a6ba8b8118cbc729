/** The members of a JSON object by name, each as its own text; or the items of a list. */
export type Members = readonly (readonly [name: string, text: string])[];

/**
 * Splits a JSON object into its members without parsing the values, so that numbers keep every digit. `text` must be a
 * valid JSON object: callers run `JSON.parse` first.
 */
export function splitMembers(text: string): Members {
	return splitParts(text, '{').map((part) => {
		const end = stringEnd(part, 0);
		return [JSON.parse(part.slice(0, end)), part.slice(part.indexOf(':', end) + 1).trim()];
	});
}

/** The items of a JSON list, each as its own text; `text` must be a valid JSON list. */
export const splitItems = (text: string): string[] => splitParts(text, '[');

/** The texts between the commas of the outermost object or list. */
function splitParts(text: string, opening: '{' | '['): string[] {
	const parts: string[] = [];
	let depth = 0;
	let start = text.indexOf(opening) + 1;
	for (let place = start; depth >= 0; place++) {
		const character = text[place];
		if (character === '"') place = stringEnd(text, place) - 1;
		else if (character === '{' || character === '[') depth++;
		else if (character === '}' || character === ']') depth--;
		if (depth < 0 || (depth === 0 && character === ',')) {
			const part = text.slice(start, place).trim();
			if (part !== '') parts.push(part);
			start = place + 1;
		}
	}
	return parts;
}

/** The position after the closing quote of the string that starts at `quote`. */
function stringEnd(text: string, quote: number): number {
	let place = quote + 1;
	while (text[place] !== '"') place += text[place] === '\\' ? 2 : 1;
	return place + 1;
}
