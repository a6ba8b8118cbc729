import { type Html, html } from '../report/html';

/** A column of a table of words: its title, and what is in its cells. */
export interface WordColumn<T> {
	readonly title: string;
	readonly cell: (row: T) => Html | string;
	/** Stands to the right, in one line. */
	readonly isFigure?: boolean;
	/** Left out on a phone. */
	readonly isWide?: boolean;
}

/** Rows as a table of words, which may wrap. */
export function wordTable<T>(caption: string, columns: readonly WordColumn<T>[], rows: readonly T[]): Html {
	const kinds = columns.map(({ isFigure, isWide }) => `${isFigure ? 'figures' : ''}${isWide ? ' wide' : ''}`.trim());
	return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table class="words">
<caption class="unseen">${caption}</caption>
<thead><tr>${columns.map(({ title }, index) => html`<th scope="col" class="${kinds[index]}">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
		(row) =>
			html`<tr>${columns.map(({ cell }, index) =>
				index === 0
					? html`<th scope="row" class="${kinds[index]}">${cell(row)}</th>`
					: html`<td class="${kinds[index]}">${cell(row)}</td>`,
			)}</tr>`,
	)}</tbody></table></div>`;
}
