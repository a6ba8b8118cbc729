import { identifier } from '../platform/duckdb/quote';
import type { ProjectGoldTable } from '../project/project';
import type { NamedStatement } from '../query';
import type { Formats } from './formats';
import { type Html, html, nameText } from './html';
import type { ReportRange } from './report-range';
import type { ReportRow } from './report-row';
import { type Column, table } from './table';

/** Rows that a report shows of a table. */
const mostRows = 20;

/** The rows that a report shows of a project's table: those of its newest date in the range, or of all dates. */
export interface OwnTableRows {
	readonly own: ProjectGoldTable;
	/** One more than is shown, if there are more. */
	readonly rows: readonly ReportRow[];
}

/** The statement that reads these rows. */
export function ownTableStatement({ table, key }: ProjectGoldTable, { from, to }: ReportRange): NamedStatement {
	const name = identifier(table.name);
	const date = table.partition && identifier(table.partition.column);
	const newest = `(select max(${date}) from ${name} where ${date} between date '${from}' and date '${to}')`;
	const order = key.length > 0 ? ` order by ${key.map(identifier).join(', ')}` : '';
	return {
		name: table.name,
		sql: `select * from ${name}${date ? ` where ${date} = ${newest}` : ''}${order} limit ${mostRows + 1}`,
	};
}

/** A section for each table of a project that has rows. */
export const ownTables = (tables: readonly OwnTableRows[], formats: Formats): Html =>
	html`${tables.filter(({ rows }) => rows.length > 0).map((one) => ownTable(one, formats))}`;

function ownTable({ own: { name, table: contract }, rows }: OwnTableRows, formats: Formats): Html {
	const title = titleOf(name);
	const id = `own-${name}`;
	const columns = contract.columns.map(
		({ name, type }): Column => ({
			title: titleOf(name),
			cell: (row) => cellText(row[name] ?? null, type, formats),
			isName: !isNumber(type),
		}),
	);
	const date = contract.partition && rows[0]?.[contract.partition.column];
	const notes = [
		contract.description,
		...(date ? [`Of ${formats.date(date)}.`] : []),
		...(rows.length > mostRows ? [`These are the first ${formats.count(mostRows)} rows.`] : []),
	];
	return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${table(title, columns, rows.slice(0, mostRows))}
<p class="note">${notes.join(' ')}</p></section>`;
}

const isNumber = (type: string): boolean => /^(int|bigint|double|decimal)/.test(type);

function cellText(value: string | null, type: string, formats: Formats): Html | string {
	if (isNumber(type)) return formats.number(value);
	return type === 'date' && value !== null ? formats.date(value) : nameText(value);
}

/** A name of SQL in words: `order_status` is `Order status`. */
function titleOf(name: string): string {
	const words = name.replaceAll('_', ' ').trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
}
