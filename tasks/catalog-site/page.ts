import { createHash } from 'node:crypto';
import type { LakeTable, Layer } from '../lineage/lake-table';
import { Html, html } from '../report/html';
import { pageHead } from '../report/page-head';
import { analysesAddress, analysisAddress, indexAddress, layerNames, tableAddress } from './addresses';
import { searchScript } from './search-script';
import type { SiteData } from './site-data';
import { siteStyle } from './site-style';
import { dateTime } from './texts';

export interface PageContent {
	readonly title: string;
	/** The address of the page. */
	readonly address: string;
	readonly heading: Html;
	readonly main: Html;
}

/** A page of the site, complete in itself: it loads nothing. Equal data give equal text. */
export function renderPage({ title, address, heading, main }: PageContent, data: SiteData): string {
	const script = new Html(searchScript);
	const hash = createHash('sha256').update(searchScript).digest('base64');
	const isIndex = address === indexAddress;
	return html`${pageHead(title, siteStyle, hash)}
<body>
<header>
<div class="bar-top"><a class="site" href="${indexAddress}"${isIndex ? new Html(' aria-current="page"') : ''}>Data catalogue</a>
<search hidden><label for="search">Search tables and columns</label>
<input id="search" type="search" placeholder="Search tables and columns ( / )" autocomplete="off" spellcheck="false">
<span class="unseen" role="status"></span><ul class="found"></ul></search></div>
${heading}
</header>
<div class="frame${isIndex ? '' : ' with-tables'}">
<main>
${main}
</main>
${isIndex ? '' : listOfTables(data, address)}
</div>
<footer><p>${stateOf(data)} Written by shoplake.</p></footer>
<script type="application/json" id="index">${searchIndex(data)}</script>
<script>${script}</script>
</body>
</html>
`.text;
}

/** Every layer with its tables; a layer without any is left out. */
export function listLayers({ tables }: SiteData): { readonly layer: Layer; readonly own: readonly LakeTable[] }[] {
	const layers = Object.keys(layerNames) as Layer[];
	return layers
		.map((layer) => ({ layer, own: tables.filter((table) => table.layer === layer) }))
		.filter(({ own }) => own.length > 0);
}

function listOfTables(data: SiteData, current: string): Html {
	const item = (address: string, name: string) =>
		html`<li><a href="${address}"${address === current ? new Html(' aria-current="page"') : ''}>${name}</a></li>`;
	return html`<nav class="tables" aria-label="Tables">
${listLayers(data).map(
	({ layer, own }) =>
		html`<h2>${layerNames[layer]}</h2><ul>${own.map((table) => item(tableAddress(table), table.name))}</ul>`,
)}
<h2>Questions</h2><ul>${item(analysesAddress, `${data.analyses.length} analyses`)}</ul>
</nav>`;
}

function stateOf({ facts }: SiteData): string {
	if (!facts) return 'From the contracts and the statements alone: no lake was read.';
	if (facts.head === 0) return 'The lake is empty.';
	return `Head ${facts.head} of the lake, of ${dateTime(facts.writtenAt)}. All times are UTC.`;
}

/** What search looks through: tables with their columns, and analyses. */
function searchIndex({ tables, analyses }: SiteData): Html {
	const entries = [
		...tables.map((table) => [
			tableAddress(table),
			table.name,
			`${layerNames[table.layer]} · ${table.description.split('. ')[0]}`,
			table.columns.map(({ name }) => name),
		]),
		...analyses.map((analysis) => [analysisAddress(analysis), analysis.name, analysis.question, []]),
	];
	return new Html(JSON.stringify(entries).replaceAll('<', '\\u003c'));
}
