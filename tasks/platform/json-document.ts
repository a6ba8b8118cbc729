/** How a JSON text holds its records. */
export type JsonLayout =
	/** A record a line. */
	| 'lines'
	/** One value after the other, or in lists, over any lines. */
	| 'values'
	/** One object with one member: the list of the records. */
	| 'member';

/** An object whose first member is a list of objects, or an empty one. */
const startOfMember = /^\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\[\s*[{\]]/;

/**
 * How a JSON text holds its records, by its beginning; `isAll` says that the beginning is the whole text. A text that begins
 * with an object is a record a line unless that object certainly goes over several lines: a broken first line must not decide.
 */
export function findJsonLayout(beginning: string, isAll: boolean): JsonLayout {
	const text = beginning.trimStart();
	if (text.startsWith('[')) return 'values';
	if (!text.startsWith('{')) return 'lines';
	const first = measureObject(text);
	const mayBeMember = startOfMember.test(text);
	if (first.end === undefined) return mayBeMember ? 'member' : first.goesOverLines ? 'values' : 'lines';
	const isOnly = isAll && text.slice(first.end).trim() === '';
	if (mayBeMember && isOnly && first.isOneList) return 'member';
	return first.goesOverLines ? 'values' : 'lines';
}

interface Measured {
	/** Behind its closing bracket; undefined if that is not in the text. */
	readonly end: number | undefined;
	/** A line ends within it, at a place where JSON goes on with what the next line has. */
	readonly goesOverLines: boolean;
	/** Behind its first list comes its own end. */
	readonly isOneList: boolean;
}

/** Measures the object with which a text begins. */
function measureObject(text: string): Measured {
	let open = '';
	let goesOverLines: boolean | undefined;
	let isOneList: boolean | undefined;
	const token = /"(?:[^"\\\r\n]|\\.)*"?|[[\]{}\r\n]/g;
	for (let found = token.exec(text); found; found = token.exec(text)) {
		const [sign] = found;
		const end = token.lastIndex;
		if (sign === '\n' || sign === '\r') goesOverLines ??= continues(open, text.slice(0, end), text.slice(end));
		else if (sign === '{' || sign === '[') open += sign;
		else if (sign === '}' || sign === ']') {
			open = open.slice(0, -1);
			if (open === '') return { end, goesOverLines: goesOverLines ?? false, isOneList: isOneList ?? false };
			if (open === '{') isOneList ??= text.slice(end).trimStart().startsWith('}');
		}
	}
	return { end: undefined, goesOverLines: goesOverLines ?? false, isOneList: false };
}

/** Whether the text before a line's end and the text after it can be parts of one value; `open` are its brackets. */
function continues(open: string, before: string, after: string): boolean {
	const [second = '', third = '{'] = after
		.split(/[\r\n]+/, 5)
		.map((line) => line.trim())
		.filter((line) => line !== '');
	if (second === '') return true;
	// Lines that begin as objects of their own are records, even behind a line that is cut off.
	if (second.startsWith('{') && third.startsWith('{') && !/[,[:{]$/.test(second)) return false;
	const last = before.trimEnd().at(-1) ?? '';
	return open.endsWith('[') ? /[[,]/.test(last) || /^[,\]]/.test(second) : last === ':' || /^["}:,]/.test(second);
}
