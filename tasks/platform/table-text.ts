import { printable } from './printable';

/** Rows as a text table: a header, a rule, numbers to the right. Undefined and null are shown empty. */
export function tableText(
	rows: readonly Readonly<Record<string, unknown>>[],
	columns = Object.keys(rows[0] ?? {}),
): string {
	const { head, line } = tableLayout(rows, columns);
	return [...head, ...rows.map(line)].join('\n');
}

/** Characters; one huge value must not widen every other line. */
const mostPadding = 10_000;

type Row = Readonly<Record<string, unknown>>;

/** A table's first two lines, and the formatter of its rows: column widths and alignment come from the rows given here. */
export function tableLayout(
	rows: readonly Row[],
	columns: readonly string[],
): { readonly head: readonly string[]; readonly line: (row: Row) => string } {
	const text = (value: unknown) => (value === null || value === undefined ? '' : printable(String(value)));
	const isNumeric = (name: string) =>
		rows.some((row) => text(row[name]) !== '') && rows.every((row) => /^(-?[\d,.]+)?$/.test(text(row[name])));
	const layout = columns.map((name) => ({
		name,
		numeric: isNumeric(name),
		width: Math.min(
			mostPadding,
			rows.reduce((width, row) => Math.max(width, text(row[name]).length), printable(name).length),
		),
	}));
	const line = (cell: (name: string) => string) =>
		layout
			.map(({ name, numeric, width }) => (numeric ? cell(name).padStart(width) : cell(name).padEnd(width)))
			.join('  ')
			.trimEnd();
	return {
		head: [line(printable), layout.map(({ width }) => '─'.repeat(width)).join('  ')],
		line: (row) => line((name) => text(row[name])),
	};
}
