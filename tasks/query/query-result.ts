import { tableLayout } from '../platform/table-text';

/** How the values of a column are written in JSON. */
export type ColumnKind = 'number' | 'boolean' | 'text';

export interface ResultColumn {
	readonly name: string;
	readonly kind: ColumnKind;
}

/** Values as text, the same from every engine, in the order of the columns; null is SQL's null. */
export type ResultRow = readonly (string | null)[];

/** The result of a query, in memory. */
export interface QueryResult {
	readonly columns: readonly ResultColumn[];
	readonly rows: readonly ResultRow[];
}

/** The result of a query, with its rows in pieces as they arrive; they can be read once. */
export interface ResultStream {
	readonly columns: readonly ResultColumn[];
	readonly rows: AsyncIterable<readonly ResultRow[]>;
}

export const outputFormats = ['table', 'json', 'csv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Formats rows as text, piece by piece; the pieces concatenated are the output. */
export interface Formatter {
	/** The text of further rows; some of it may be held back. */
	add(rows: readonly ResultRow[]): string;
	/** The rest of the text, after all rows. */
	end(): string;
}

/**
 * The column widths and alignment of a table come from its first rows: at most this many rows and characters. A longer
 * value that comes later only makes its own line longer.
 */
const lookAhead = { rows: 10_000, characters: 8_000_000 } as const;

/** The formatter of a result. CSV follows RFC 4180: CRLF, and null is empty while '' is quoted. */
export function createFormatter(columns: readonly ResultColumn[], format: OutputFormat): Formatter {
	const names = uniqueNames(columns.map(({ name }) => name));
	if (format === 'csv') return csvFormatter(names);
	return format === 'json' ? jsonFormatter(names, columns) : tableFormatter(names);
}

/** The whole result as text. */
export function formatResult({ columns, rows }: QueryResult, format: OutputFormat): string {
	const formatter = createFormatter(columns, format);
	return formatter.add(rows) + formatter.end();
}

/** Collects all rows of a result in memory. */
export async function collectRows({ columns, rows }: ResultStream): Promise<QueryResult> {
	const all: ResultRow[] = [];
	for await (const piece of rows) for (const row of piece) all.push(row);
	return { columns, rows: all };
}

function csvFormatter(names: readonly string[]): Formatter {
	let head: readonly ResultRow[] = [names];
	const add = (rows: readonly ResultRow[]) => {
		const lines = [...head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`);
		head = [];
		return lines.join('');
	};
	return { add, end: () => add([]) };
}

function jsonFormatter(names: readonly string[], columns: readonly ResultColumn[]): Formatter {
	const keys = names.map((name) => JSON.stringify(name));
	const object = (row: ResultRow) =>
		`{${row.map((value, index) => `${keys[index]}:${jsonValue(value, columns[index]?.kind)}`).join(',')}}`;
	let before = '[';
	return {
		add(rows) {
			if (rows.length === 0) return '';
			const text = `${before}${rows.map(object).join(',\n')}`;
			before = ',\n';
			return text;
		},
		end: () => (before === '[' ? '[]\n' : ']\n'),
	};
}

function tableFormatter(names: readonly string[]): Formatter {
	let first: ResultRow[] = [];
	let widestRow = 0;
	let formatLine: ((row: ResultRow) => string) | undefined;
	const flush = () => {
		const { head, line } = tableLayout(first.map(fields), names);
		formatLine = (row) => `${line(fields(row))}\n`;
		const text = [...head.map((line) => `${line}\n`), ...first.map(formatLine)].join('');
		first = [];
		return text;
	};
	const fields = (row: ResultRow) => Object.fromEntries(row.map((value, index) => [names[index], value]));
	const isFull = () => first.length >= lookAhead.rows || first.length * widestRow >= lookAhead.characters;
	return {
		add(rows) {
			let taken = 0;
			for (; !formatLine && taken < rows.length; taken++) {
				const row = rows[taken] as ResultRow;
				first.push(row);
				widestRow = Math.max(
					widestRow,
					row.reduce((sum, value) => sum + (value?.length ?? 0), 0),
				);
				if (isFull()) break;
			}
			const flushed = !formatLine && isFull() ? flush() : '';
			return formatLine
				? flushed +
						rows
							.slice(flushed ? taken + 1 : 0)
							.map(formatLine)
							.join('')
				: '';
		},
		end: () => (formatLine ? '' : flush()),
	};
}

/** JSON has no NaN or infinity: these stay text. */
function jsonValue(value: string | null, kind: ColumnKind | undefined): string {
	if (value === null) return 'null';
	if (kind === 'boolean' || (kind === 'number' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value))) return value;
	return JSON.stringify(value);
}

const csvField = (value: string | null): string =>
	value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

/** A query may give two columns the same name; a JSON object can't. */
function uniqueNames(names: readonly string[]): string[] {
	const taken = new Set<string>();
	return names.map((name) => {
		let unique = name;
		for (let times = 2; taken.has(unique); times++) unique = `${name}_${times}`;
		taken.add(unique);
		return unique;
	});
}

/** A floating-point number as JavaScript writes it: `0.1`, `1`, `1e+21`. */
export const doubleText = (text: string): string => (Number.isNaN(Number(text)) ? text : String(Number(text)));

export { timestampText } from '../platform/timestamp-text';
