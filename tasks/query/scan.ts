/** A piece of a statement that isn't quoted text or a comment: a `:name`, or a semicolon. */
export interface Mark {
	readonly kind: 'parameter' | 'semicolon';
	/** The parameter's name; a semicolon has none. */
	readonly name: string;
	/** Where it begins and ends in the text. */
	readonly start: number;
	readonly end: number;
}

/** Strings, quoted identifiers and comments are passed over; `::` is a cast. What a parameter may follow is listed. */
const token =
	/'(?:[^']|'')*'?|"(?:[^"]|"")*"?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|::|(?<=^|[\s(,=<>+\-*/%|]):([A-Za-z_]\w*)|(;)/g;

/** The parameters and semicolons of SQL text, in their order. */
export function scan(sql: string): Mark[] {
	const marks: Mark[] = [];
	for (const { 0: text, 1: name, 2: semicolon, index: start } of sql.matchAll(token)) {
		const end = start + text.length;
		if (name !== undefined) marks.push({ kind: 'parameter', name, start, end });
		else if (semicolon) marks.push({ kind: 'semicolon', name: '', start, end });
	}
	return marks;
}

/** The text without its comments, for a look at what is left. */
export const withoutComments = (sql: string): string =>
	sql.replace(
		/('(?:[^']|'')*'?|"(?:[^"]|"")*"?)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g,
		(_, quoted?: string) => quoted ?? ' ',
	);

/** Line and column of a place in text, both from 1. */
export function placeOf(text: string, index: number): string {
	const before = text.slice(0, index).split('\n');
	return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
