import type { AnalysisLineage } from '../lineage/analysis-lineage';
import { type Html, html } from '../report/html';
import { analysesAddress, indexAddress, tableAddress } from './addresses';
import { highlightSql } from './highlight-sql';
import { renderPage } from './page';
import type { SiteData } from './site-data';
import { prose } from './texts';

/** The page of the analyses: the question of each, what it reads and gives, its parameters and its statement. */
export function analysesPage(data: SiteData): string {
	const heading = html`<p class="crumb"><a href="${indexAddress}">Data catalogue</a></p>
<h1>Questions</h1><p class="lead">Analyses that come with shoplake. <code>shoplake query NAME</code> runs one.</p>`;
	const main = html`${data.analyses.map((analysis) => section(analysis, data))}`;
	return renderPage({ title: 'Questions · Data catalogue', address: analysesAddress, heading, main }, data);
}

function section(analysis: AnalysisLineage, data: SiteData): Html {
	const { name, question, row, reads, parameters, columns, sql } = analysis;
	const addresses = new Map(data.tables.map((table) => [table.name, tableAddress(table)] as const));
	const list = (title: string, items: readonly Html[]) =>
		items.length > 0 ? html`<h3>${title}</h3><ul class="from">${items.map((item) => html`<li>${item}</li>`)}</ul>` : '';
	return html`<section aria-labelledby="${name}"><h2 id="${name}">${question}</h2>
<p class="note"><code>${name}</code> ${prose(row)}</p>
<p class="from">Reads ${reads.map((table, index) => {
		const address = addresses.get(table);
		return html`${index > 0 ? ', ' : ''}${address === undefined ? table : html`<a class="mono" href="${address}">${table}</a>`}`;
	})}</p>
${list(
	'Columns',
	columns.map(({ name, unit, meaning }) => html`<code>${name}</code> (${unit}): ${prose(meaning)}`),
)}
${list(
	'Parameters',
	parameters.map(
		({ name, type, value, meaning }) =>
			html`<code>${name}</code> (${type}${value === null ? '' : html`, by default <code>${value}</code>`}): ${prose(meaning)}`,
	),
)}
<details class="part"><summary>Statement</summary><div class="inside"><pre tabindex="0" role="group" aria-label="Statement of ${name}"><code>${highlightSql(sql.trim(), addresses)}</code></pre></div></details></section>`;
}
