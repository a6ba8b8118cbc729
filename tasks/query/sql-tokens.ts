/** A token of SQL text; white space between tokens is dropped. */
export interface Token {
	readonly kind: 'word' | 'quoted' | 'string' | 'comment' | 'parameter' | 'semicolon' | 'symbol';
	/** As written. */
	readonly text: string;
	/** A parameter's name without its colon; otherwise empty. */
	readonly name: string;
	/** Its start and end in the text. */
	readonly start: number;
	readonly end: number;
}

/** The start of a token. `::` is a cast; white space may be any of Unicode's, as in text copied from web pages. */
const opening =
	/[eE]'|'|"|--|\/\*|\$(?:(?:[A-Za-z_]|(?!\s)[\u0080-\uffff])(?:\w|(?!\s)[\u0080-\uffff])*)?\$|(?:[A-Za-z_]|(?!\s)[\u0080-\uffff])(?:[\w$]|(?!\s)[\u0080-\uffff])*|\d[\w.]*|::|:[A-Za-z_]\w*|\S/g;
/** Characters that may precede a parameter. */
const beforeParameter = /[\s(,=<>+\-*/%|]/;

/**
 * Splits SQL text as DuckDB does: block comments nest, `$$…$$` is a string, and so is `e'…'` with its backslashes. A
 * doubled quote ends one string and starts the next. An unclosed token ends with the text.
 */
export function* tokenize(sql: string): Generator<Token> {
	opening.lastIndex = 0;
	for (let from = 0; ; ) {
		opening.lastIndex = from;
		const match = opening.exec(sql);
		if (!match) return;
		const [text] = match;
		const start = match.index;
		const kind = tokenKind(sql, start, text);
		const end = tokenEnd(sql, start, text, kind);
		yield { kind, text: sql.slice(start, end), name: kind === 'parameter' ? text.slice(1) : '', start, end };
		from = end;
	}
}

function tokenKind(sql: string, start: number, text: string): Token['kind'] {
	if (text === "'" || /^[eE]'$/.test(text) || (text.startsWith('$') && text.length > 1)) return 'string';
	if (text === '"') return 'quoted';
	if (text === '--' || text === '/*') return 'comment';
	if (text === ';') return 'semicolon';
	if (/^:\w/.test(text)) return start === 0 || beforeParameter.test(sql.charAt(start - 1)) ? 'parameter' : 'symbol';
	return /^[A-Za-z_\u0080-\uffff]/.test(text) ? 'word' : 'symbol';
}

function tokenEnd(sql: string, start: number, text: string, kind: Token['kind']): number {
	const from = start + text.length;
	if (text === '/*') return endOfBlock(sql, from);
	if (text === '--') return indexOr(sql.length, sql.slice(from).search(/[\r\n]/), from);
	if (/^[eE]'$/.test(text)) return endOfEscaped(sql, from);
	if (kind === 'string' || kind === 'quoted') return indexOr(sql.length, sql.indexOf(text, from), text.length);
	// The colon of a slice such as `a[1:n]`.
	return kind === 'symbol' && /^:\w/.test(text) ? start + 1 : from;
}

const indexOr = (otherwise: number, index: number, add: number): number => (index < 0 ? otherwise : index + add);

function endOfBlock(sql: string, from: number): number {
	const mark = /\/\*|\*\//g;
	mark.lastIndex = from;
	for (let depth = 1, match = mark.exec(sql); match; match = mark.exec(sql)) {
		depth += match[0] === '/*' ? 1 : -1;
		if (depth === 0) return mark.lastIndex;
	}
	return sql.length;
}

function endOfEscaped(sql: string, from: number): number {
	const mark = /\\[\s\S]|''|'/g;
	mark.lastIndex = from;
	for (let match = mark.exec(sql); match; match = mark.exec(sql)) if (match[0] === "'") return mark.lastIndex;
	return sql.length;
}

/** The tokens that aren't comments. */
export function* codeTokens(sql: string): Generator<Token> {
	for (const token of tokenize(sql)) if (token.kind !== 'comment') yield token;
}

/** The names of the parameters in a text, with repetitions. */
export function usedParameters(sql: string): string[] {
	return [...tokenize(sql)].filter(({ kind }) => kind === 'parameter').map(({ name }) => name);
}

/** Line and column of a position in a text, both from 1. */
export function textPosition(text: string, index: number): string {
	const before = text.slice(0, index).split('\n');
	return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
