import type { LakeColumn, LakeTable } from '../lineage/lake-table';
import { type Html, html } from '../report/html';
import { batchesTable } from './accounts';
import { analysisAddress, columnId, indexAddress, layerNames, tableAddress } from './addresses';
import { columnPart, listSources, sourceLink } from './column-part';
import { highlightSql } from './highlight-sql';
import { renderPage } from './page';
import { tablePicture } from './pictures';
import type { TableFacts } from './read-facts';
import type { SiteData } from './site-data';
import { count, dateTime, prose, size } from './texts';
import { wordTable } from './word-table';

/** The page of a table: its state, its lineage, its columns, its statements, and who reads it. */
export function tablePage(table: LakeTable, data: SiteData): string {
	const { name, layer, description } = table;
	const facts = layer === 'records' ? undefined : data.facts?.tables.get(name);
	const heading = html`<p class="crumb"><a href="${indexAddress}">Data catalogue</a> › <a href="${indexAddress}#layer-${layer}">${layerNames[layer]}</a></p>
<h1 class="mono">${name}</h1><p class="lead">${prose(description)}</p>${facts ? stateOf(facts) : ''}`;
	const main = html`${lineage(table, data)}
${columns(table, data)}
<section aria-labelledby="sources"><h2 id="sources">Where each column comes from</h2>
${table.columns.map((column) => columnPart(table, column, data))}</section>
${statements(table, data)}
${state(table, facts, data)}`;
	return renderPage({ title: `${name} · Data catalogue`, address: tableAddress(table), heading, main }, data);
}

/** What the head says of a table. */
function stateOf({ rows, partitions, newest, bytes, changed }: TableFacts): Html {
	const facts: (readonly [string, Html | string])[] = [
		['Rows', count(rows)],
		...(partitions === null ? [] : [['Partitions', count(partitions)] as const]),
		...(newest === null ? [] : [['Newest', newest] as const]),
		...(bytes === null ? [] : [['Size', size(bytes)] as const]),
		...(changed
			? [['Last change', html`${dateTime(changed.at)}<small>by ${changed.task}, head ${changed.head}</small>`] as const]
			: []),
	];
	return html`<dl class="facts">${facts.map(([title, text]) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function lineage(table: LakeTable, data: SiteData): Html {
	const { making } = table;
	const made = data.madeFrom(table.id);
	const analyses = data.readBy(table.id);
	const links = (tables: readonly LakeTable[]) =>
		tables.map((one, index) => html`${index > 0 ? ', ' : ''}<a href="${tableAddress(one)}">${one.name}</a>`);
	const from = making.reads.flatMap((id) => data.table(id) ?? []);
	return html`<section aria-labelledby="lineage"><h2 id="lineage">Lineage</h2>
<p class="note">${prose(making.about)}</p>
${tablePicture(table, data) ?? ''}
<ul class="plain from">
${from.length > 0 ? html`<li>Made from: ${links(from)}</li>` : ''}
${
	making.rows.length > 0 && table.layer !== 'bronze'
		? html`<li>Joins, filters and groups that decide which rows it has: ${making.rows.map((source, index) => html`${index > 0 ? ', ' : ''}${sourceLink(source, data)}`)}</li>`
		: ''
}
${made.length > 0 ? html`<li>Read by: ${links(made)}</li>` : ''}
${
	analyses.length > 0
		? html`<li>Analyses: ${analyses.map((analysis, index) => html`${index > 0 ? ', ' : ''}<a href="${analysisAddress(analysis)}">${analysis.name}</a>`)}</li>`
		: ''
}</ul></section>`;
}

function columns(table: LakeTable, data: SiteData): Html {
	const { key, name } = table;
	return html`<section aria-labelledby="columns"><h2 id="columns">Columns</h2>
${key.length > 0 ? html`<p class="note">Key: ${key.map((column, index) => html`${index > 0 ? ', ' : ''}<code>${column}</code>`)}</p>` : ''}
${wordTable<LakeColumn>(
	`Columns of ${name}`,
	[
		{
			title: 'Column',
			cell: (column) =>
				html`<a class="mono" href="#${columnId(column.name)}">${column.name}</a><small>${column.type}${column.nullable ? ', may be null' : ''}</small>`,
		},
		{
			title: 'Meaning',
			cell: (column) =>
				html`${prose(column.description)}${column.isPartition ? html`<span class="tag">partition</span>` : ''}${
					key.includes(column.name) ? html`<span class="tag">key</span>` : ''
				}${column.rules.length > 0 ? html`<small class="rules">${prose(column.rules.join(', '))}</small>` : ''}`,
		},
		{
			title: 'Comes from',
			cell: (column) => html`<span class="from">${listSources(table, column.name, data)}</span>`,
			isWide: true,
		},
	],
	table.columns,
)}</section>`;
}

function statements({ making }: LakeTable, data: SiteData): Html {
	const own = making.statements.at(-1);
	if (!own) return html``;
	const addresses = new Map(
		data.tables
			.filter(({ layer }) => layer === 'silver' || layer === 'gold' || layer === 'live')
			.flatMap((table) => {
				const short = table.name.replace(/^(silver|gold)_/, '');
				return [[table.name, tableAddress(table)] as const, [short, tableAddress(table)] as const];
			}),
	);
	for (const { name } of making.statements.slice(0, -1)) addresses.set(name, `#statement-${name}`);
	const code = (sql: string, label: string) =>
		html`<pre tabindex="0" role="group" aria-label="${label}"><code>${highlightSql(sql, addresses)}</code></pre>`;
	return html`<section aria-labelledby="statement"><h2 id="statement">${making.statements.length > 1 ? 'Statements' : 'Statement'}</h2>
${making.statements.length > 1 ? html`<p class="note">The last one makes the table from what the others give.</p>` : ''}
${making.statements
	.slice(0, -1)
	.map(
		({ name, sql }) =>
			html`<details class="part"><summary><code>${name}</code></summary><div class="inside" id="statement-${name}">${code(sql, `Statement ${name}`)}</div></details>`,
	)}
${code(own.sql, `Statement ${own.name}`)}
${own.sql.includes('{half_up(') ? html`<p class="note"><code>{half_up(a, b)}</code> is a ÷ b, rounded half-up to a whole number.</p>` : ''}</section>`;
}

/** The newest partitions and batches, if a lake was read. */
function state(table: LakeTable, facts: TableFacts | undefined, { facts: lake }: SiteData): Html {
	const dataset = table.id.replace(/^(records|bronze|silver)_/, '');
	const isOfBatches = ['records', 'bronze', 'silver'].includes(table.layer);
	const accounts = isOfBatches ? (lake?.accounts.filter((account) => account.dataset === dataset) ?? []) : [];
	const partitions = facts?.newestPartitions ?? [];
	return html`${
		partitions.length > 0 && facts?.partitions !== null
			? html`<section aria-labelledby="partitions"><h2 id="partitions">Newest partitions</h2>${wordTable(
					'Newest partitions',
					[
						{
							title: table.columns.find(({ isPartition }) => isPartition)?.name ?? 'Partition',
							cell: ({ partition }) => partition,
						},
						{ title: 'Rows', cell: ({ rows }) => count(rows), isFigure: true },
						{ title: 'Size', cell: ({ bytes }) => size(bytes), isFigure: true },
					],
					partitions,
				)}</section>`
			: ''
	}${
		accounts.length > 0
			? html`<section aria-labelledby="batches"><h2 id="batches">What became of the records of the newest batches</h2>${batchesTable(accounts)}</section>`
			: ''
	}`;
}
