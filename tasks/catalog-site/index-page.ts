import type { LakeTable } from '../lineage/lake-table';
import { type Html, html } from '../report/html';
import { datasetsTable } from './accounts';
import { analysisAddress, indexAddress, layerNames, tableAddress } from './addresses';
import { listLayers, renderPage } from './page';
import { lakePicture } from './pictures';
import type { SiteData } from './site-data';
import { count, dateTime, prose } from './texts';
import { type WordColumn, wordTable } from './word-table';

/** What each layer is, in a sentence. */
const about: Readonly<Record<LakeTable['layer'], string>> = {
	records: 'What the sources send: the contracts of their records, with the rules that each has to keep.',
	bronze: 'The records as they were received, typed; one partition per batch.',
	silver: 'One row per key: of every record the version that arrived last.',
	gold: 'The figures of the business. Figures of orders are over orders that are not cancelled.',
	live: 'Records as the streams deliver them, at once and before any rule is applied.',
	serving: 'What applications read and write by key.',
};

/** The first page: how the data flow, every table by layer, and the questions. */
export function indexPage(data: SiteData): string {
	const { tables, analyses, facts } = data;
	const heading = html`<h1>Data catalogue</h1>
<p class="lead">${count(tables.length)} tables and record types with ${count(tables.reduce((sum, { columns }) => sum + columns.length, 0))} columns: what each holds, where each comes from${
		facts ? ', and how it stands in the lake' : ''
	}.</p>${facts && facts.head > 0 ? html`<p class="range">Head ${facts.head}, ${dateTime(facts.writtenAt)} UTC</p>` : ''}`;
	const main = html`<section aria-labelledby="flow"><h2 id="flow">How the data flow</h2>
<p class="note">An arrow means that a table is made from another one. Each box leads to its table.</p>
${lakePicture(data)}</section>
${
	facts && facts.accounts.length > 0
		? html`<section aria-labelledby="accounts"><h2 id="accounts">What became of the records</h2>
<p class="note">Of all admitted batches. Received = kept + duplicates + superseded + rejected + waiting.</p>
${datasetsTable(facts.accounts)}</section>`
		: ''
}
${listLayers(data).map(
	({ layer, own }) => html`<section aria-labelledby="layer-${layer}"><h2 id="layer-${layer}">${layerNames[layer]}</h2>
<p class="note">${about[layer]}</p>
${layerTable(layerNames[layer], own, data)}</section>`,
)}
<section aria-labelledby="questions"><h2 id="questions">Questions</h2>
<p class="note">Analyses that come with shoplake: <code>shoplake query NAME</code> runs one.</p>
${wordTable(
	'Questions',
	[
		{ title: 'Question', cell: (analysis) => html`<a href="${analysisAddress(analysis)}">${analysis.question}</a>` },
		{ title: 'Analysis', cell: ({ name }) => html`<code>${name}</code>`, isWide: true },
	],
	analyses,
)}</section>`;
	return renderPage({ title: 'Data catalogue', address: indexAddress, heading, main }, data);
}

function layerTable(caption: string, tables: readonly LakeTable[], { facts }: SiteData): Html {
	const known = (table: LakeTable) => facts?.tables.get(table.name);
	const hasRows = tables.some((table) => known(table)?.rows != null && table.layer !== 'records');
	const figures: WordColumn<LakeTable>[] = [
		{ title: 'Rows', cell: (table) => count(known(table)?.rows ?? null), isFigure: true },
		{ title: 'Newest', cell: (table) => known(table)?.newest ?? '–', isFigure: true, isWide: true },
	];
	return wordTable(
		caption,
		[
			{ title: 'Name', cell: (table) => html`<a class="mono" href="${tableAddress(table)}">${table.name}</a>` },
			{ title: 'What it holds', cell: ({ description }) => prose(description) },
			{ title: 'Columns', cell: ({ columns }) => count(columns.length), isFigure: true, isWide: true },
			...(hasRows ? figures : []),
		],
		tables,
	);
}
