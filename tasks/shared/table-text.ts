import { printable } from './printable';

/** Rows as a text table: a header, a rule, numbers to the right. Undefined and null are shown empty. */
export function tableText(
	rows: readonly Readonly<Record<string, unknown>>[],
	columns = Object.keys(rows[0] ?? {}),
): string {
	const text = (value: unknown) => (value === null || value === undefined ? '' : printable(String(value)));
	const isNumeric = (name: string) =>
		rows.some((row) => text(row[name]) !== '') && rows.every((row) => /^(-?[\d,.]+)?$/.test(text(row[name])));
	const layout = columns.map((name) => ({
		name,
		numeric: isNumeric(name),
		width: Math.max(printable(name).length, ...rows.map((row) => text(row[name]).length)),
	}));
	const line = (cell: (name: string) => string) =>
		layout
			.map(({ name, numeric, width }) => (numeric ? cell(name).padStart(width) : cell(name).padEnd(width)))
			.join('  ')
			.trimEnd();
	return [
		line(printable),
		layout.map(({ width }) => '─'.repeat(width)).join('  '),
		...rows.map((row) => line((name) => text(row[name]))),
	].join('\n');
}
