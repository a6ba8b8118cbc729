import type { LakeColumn, LakeTable } from '../lineage/lake-table';
import type { How, Source } from '../lineage/relation';
import { type Html, html } from '../report/html';
import { analysisAddress, columnAddress, columnId, tableAddress } from './addresses';
import { columnPicture } from './pictures';
import type { SiteData } from './site-data';

/** How a value gets from one column to another, in a word. */
const howTexts: Readonly<Record<How, string>> = { copied: 'copied', computed: 'computed', aggregated: 'aggregated' };

/** The columns that a column comes from, each with how. */
export function listSources(table: LakeTable, column: string, data: SiteData): Html {
	const from = table.making.columns.get(column);
	if (from === undefined) return html`<span class="how">not derived</span>`;
	if (from.length === 0) return html`<span class="how">no other column</span>`;
	return html`<ul class="plain">${from.map(
		(source) => html`<li>${sourceLink(source, data)} <span class="how">${howTexts[source.how]}</span></li>`,
	)}</ul>`;
}

/** A source as a link to it: `silver_orders.status`, or `rows of silver_orders`. */
export function sourceLink({ relation, column }: Source, data: SiteData): Html {
	const table = data.table(relation);
	if (!table) return html`${column === null ? `rows of ${relation}` : `${relation}.${column}`}`;
	if (column === null) return html`<a href="${tableAddress(table)}">rows of <code>${table.name}</code></a>`;
	return html`<a class="mono" href="${columnAddress(table, column)}">${table.name}.<wbr>${column}</a>`;
}

/** The part of a page about one column: the columns that it comes from as a picture and a list, and where it goes. */
export function columnPart(table: LakeTable, { name }: LakeColumn, data: SiteData): Html {
	const uses = data.usesOf(table.id, name);
	const analyses = data.readBy(table.id, name);
	const from = table.making.columns.get(name);
	const summary =
		from === undefined
			? 'not derived'
			: from.length === 0
				? 'no other column'
				: `from ${from.map((source) => sourceText(source, data)).join(', ')}`;
	return html`<details class="part"><summary><code>${name}</code> <span class="how">${summary}</span></summary>
<div class="inside" id="${columnId(name)}">${columnPicture(table, name, data) ?? ''}
<div class="from">${listSources(table, name, data)}</div><ul class="plain from">
${
	uses.length > 0
		? html`<li>Goes into: ${uses.map(
				({ table: other, column }, index) =>
					html`${index > 0 ? ', ' : ''}<a class="mono" href="${columnAddress(other, column)}">${other.name}.<wbr>${column}</a>`,
			)}</li>`
		: ''
}
${
	analyses.length > 0
		? html`<li>Read by the analyses: ${analyses.map((analysis, index) => html`${index > 0 ? ', ' : ''}<a href="${analysisAddress(analysis)}">${analysis.name}</a>`)}</li>`
		: ''
}</ul></div></details>`;
}

function sourceText({ relation, column }: Source, data: SiteData): string {
	const name = data.table(relation)?.name ?? relation;
	return column === null ? `the rows of ${name}` : `${name}.${column}`;
}
