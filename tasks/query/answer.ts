import { tableText } from '../shared/table-text';

/** How a column's values are written where kinds matter (JSON). */
export type Kind = 'number' | 'boolean' | 'text';

/** What a query gave: values as text, the same text from every engine; null is SQL's null. */
export interface Answer {
	readonly columns: readonly { readonly name: string; readonly kind: Kind }[];
	readonly rows: readonly (readonly (string | null)[])[];
}

export const formats = ['table', 'json', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The answer as it is printed, with a line end. CSV is RFC 4180's: CRLF, and null is empty while '' is quoted. */
export function formatAnswer(answer: Answer, format: Format): string {
	const names = uniqueNames(answer.columns.map(({ name }) => name));
	const { columns, rows } = answer;
	if (format === 'csv') {
		return [names.map(csvField), ...rows.map((row) => row.map(csvField))]
			.map((line) => `${line.join(',')}\r\n`)
			.join('');
	}
	if (format === 'json') {
		const objects = rows.map((row) => {
			const pairs = row.map(
				(value, index) => `${JSON.stringify(names[index])}:${jsonValue(value, columns[index]?.kind)}`,
			);
			return `{${pairs.join(',')}}`;
		});
		return `[${objects.join(',\n')}]\n`;
	}
	const objects = rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index], value])));
	return `${tableText(objects, names)}\n`;
}

/** JSON has no word for what isn't a number, such as NaN: it stays text. */
function jsonValue(value: string | null, kind: Kind | undefined): string {
	if (value === null) return 'null';
	if (kind === 'boolean' || (kind === 'number' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value))) return value;
	return JSON.stringify(value);
}

const csvField = (value: string | null): string =>
	value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

/** A query may give two columns one name; an object can't. */
function uniqueNames(names: readonly string[]): string[] {
	const seen = new Map<string, number>();
	return names.map((name) => {
		const times = (seen.get(name) ?? 0) + 1;
		seen.set(name, times);
		return times === 1 ? name : `${name}_${times}`;
	});
}

/** A floating-point figure as JavaScript writes it: `0.1`, `1`, `1e+21`. */
export const doubleText = (text: string): string => (Number.isNaN(Number(text)) ? text : String(Number(text)));

/** A moment without the zeros that some engines append: `2026-11-20 10:00:00`, `2026-11-20 10:00:00.5`. */
export const timestampText = (text: string): string =>
	text.replace(/(:\d\d)\.(\d*?)0*$/, (_, seconds, digits) => (digits ? `${seconds}.${digits}` : seconds));
