import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';

/** Rows of a table, and items of a list, that a person sees of a longer one. */
const mostRows = 20;
const mostItems = 5;
/** Lines that a terminal gets although it shows fewer at a time. */
const fewestLines = 70;

const sentences: Readonly<Record<string, string>> = {
	unchanged: 'Nothing changed: there was nothing to do.',
	planned: 'Dry run, nothing was done. What would be done:',
	unlocked: 'The lock is released.',
	locked: 'The lock is taken.',
	valid: 'The batch is valid.',
	archived: 'The files are archived.',
	told: 'A person has been told.',
	reset: 'The data of the local AWS are deleted.',
	released: 'The batches are released.',
	generated: 'The records are generated.',
	terminated: 'Stopped by a signal.',
	done: 'Done.',
};

/** What a task did or would do, in words and tables: any outcome, for a person. */
export function outcomeText(outcome: Outcome): string {
	const said = ['status', 'waits_for', ...(outcome.status === 'published' ? ['head'] : [])];
	const entries = Object.entries(outcome).filter(([name, value]) => !said.includes(name) && !isEmpty(value));
	const tables = entries.flatMap(([name, value]) => {
		const rows = asRows(value);
		return rows ? [`\n${formatTitle(name)}\n${rowsText(rows)}`] : [];
	});
	const lines = entries
		.filter(([, value]) => !asRows(value))
		.map(([name, value]) => [formatTitle(name), formatValue(value)]);
	const width = Math.max(0, ...lines.map(([title = '']) => title.length));
	return [
		describeOutcome(outcome),
		...lines.map(([title = '', words]) => `  ${title.padEnd(width)}  ${words}`),
		...tables,
	].join('\n');
}

/** A text with as many lines as a terminal shows, or a few more; what follows is counted. */
export function screenful(text: string, terminalRows: number | undefined): string {
	const most = Math.max(fewestLines, (terminalRows ?? 0) - 2);
	const lines = text.split('\n');
	if (lines.length <= most) return text;
	return [
		...lines.slice(0, most - 1),
		`… ${lines.length - most + 1} more lines; into a file or a pipe it is whole.`,
	].join('\n');
}

function describeOutcome({ status, head, waits_for, ...fields }: Outcome): string {
	if (status === 'published') return head === undefined ? 'Done.' : `Done; the lake is at head ${head}.`;
	const lists = Object.values(fields).filter(Array.isArray);
	if (status === 'planned' && lists.length > 0 && lists.every((list) => list.length === 0)) {
		return 'Dry run: there is nothing to do.';
	}
	if (status === 'waiting') return `Waits for ${printable(String(waits_for))}`;
	return sentences[status] ?? `Done: ${status}.`;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rows that a value is: a list of objects, or objects by name. */
function asRows(value: unknown): readonly Fields[] | undefined {
	if (Array.isArray(value)) return value.every(isFields) ? value : undefined;
	if (!isFields(value) || !Object.values(value).every(isFields)) return undefined;
	return Object.entries(value).map(([name, fields]) => ({ name, ...(fields as Fields) }));
}

function rowsText(rows: readonly Fields[]): string {
	const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
	const shown = rows
		.slice(0, mostRows)
		.map((row) => Object.fromEntries(columns.map((column) => [column, formatValue(row[column])])));
	const rest = rows.length - shown.length;
	return `${tableText(shown, columns)}${rest > 0 ? `\n… and ${rest} more; --json has all` : ''}`;
}

/** A value on one line. */
function formatValue(value: unknown): string {
	if (value === null || value === undefined) return '';
	if (Array.isArray(value)) {
		const rest = value.length - mostItems;
		return `${value.slice(0, mostItems).map(formatValue).join(', ')}${rest > 0 ? ` … and ${rest} more` : ''}`;
	}
	if (!isFields(value)) return printable(String(value));
	return Object.entries(value)
		.filter(([, one]) => !isEmpty(one))
		.map(([name, one]) => `${name} ${formatValue(one)}`)
		.join(', ');
}

/** Text of a sender may hold what moves a terminal's cursor or changes its title. */
const printable = (text: string): string =>
	text.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);

const formatTitle = (name: string): string => printable(name).replaceAll('_', ' ');

const isEmpty = (value: unknown): boolean =>
	value === null ||
	value === undefined ||
	value === '' ||
	(typeof value === 'object' && Object.keys(value as object).length === 0);
