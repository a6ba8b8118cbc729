import { type Html, html } from './html';
import type { ReportRow } from './report-row';

/** A column of a table on the page. */
export interface Column {
	readonly title: Html | string;
	readonly cell: (row: ReportRow) => Html | string;
	/** Names stand to the left, all else to the right. */
	readonly isName?: boolean;
	/** Left out on a phone, where the table would be too wide. */
	readonly isMinor?: boolean;
}

/** Rows as a table. Wide ones scroll within themselves. */
export function table(caption: string, columns: readonly Column[], rows: readonly ReportRow[]): Html {
	const kinds = columns.map(({ isName, isMinor }) => `${isName ? 'name' : 'number'}${isMinor ? ' minor' : ''}`);
	const head = columns.map(({ title }, index) => html`<th scope="col" class="${kinds[index]}">${title}</th>`);
	const body = rows.map(
		(row) =>
			html`<tr>${columns.map(({ cell, isName }, index) =>
				isName && index === 0
					? html`<th scope="row" class="${kinds[index]}">${cell(row)}</th>`
					: html`<td class="${kinds[index]}">${cell(row)}</td>`,
			)}</tr>`,
	);
	return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table>
<caption class="unseen">${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}

/** The table behind a chart, closed until somebody asks for it. */
export const tableBehind = (caption: string, columns: readonly Column[], rows: readonly ReportRow[]): Html =>
	html`<details><summary>${caption}</summary>${table(caption, columns, rows)}</details>`;

/** A text in a cell, with a bar below it as long as the value's share of the largest. */
export const withBar = (text: Html | string, value: string | null, largest: number): Html =>
	html`${text}<span class="bar" style="--share:${largest > 0 ? Math.max(0, Number(value) / largest).toFixed(4) : '0'}"></span>`;

/** The largest number of a column. */
export const largestOf = (rows: readonly ReportRow[], column: string): number =>
	rows.reduce((largest, row) => Math.max(largest, Number(row[column] ?? 0)), 0);
