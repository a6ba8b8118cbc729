import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The pages by what their reader wants. A page that stands nowhere here is listed under 'More'. */
const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	Start: { examples: 'Three example shops', local: 'The AWS of a laptop', report: 'The report', glossary: 'Glossary' },
	'Your own data': {
		sources: 'Exports of shops',
		files: 'Files',
		projects: 'Your KPIs and settings',
		'file-drop': 'File drop',
		streams: 'Events and live orders',
		'market-data': 'Market data',
		'real-data': 'A quarter of real baskets',
	},
	SQL: {
		query: 'Queries',
		'data-catalog': 'Tables and columns',
		kpis: 'KPIs in DynamoDB',
		'open-tables': 'Other engines',
	},
	Airflow: {
		operations: 'Operating the DAGs',
		containers: 'Containers',
		recovery: 'A damaged lake',
		restore: 'Restoring a lake',
		troubleshooting: 'By symptom',
	},
	AWS: { 'setup-aws': 'From an empty account', aws: 'What is deployed', cost: 'What it costs' },
	'How it works': { architecture: 'Architecture', extending: 'Changing it' },
};

const titleOf = (path: string): string => /^# (.+)$/m.exec(readFileSync(join(docs, path), 'utf8'))?.[1] ?? path;
const pagesIn = (folder: string): string[] =>
	readdirSync(join(docs, folder))
		.filter((name) => name.endsWith('.md'))
		.map((name) => name.slice(0, -'.md'.length))
		.sort();

const named = Object.values(groups).flatMap((pages) => Object.keys(pages));
const others = pagesIn('.').filter((name) => !named.includes(name));

export const sidebar: DefaultTheme.SidebarItem[] = [
	...Object.entries(groups).map(([text, pages]) => ({
		text,
		items: Object.entries(pages).map(([name, text]) => ({
			text,
			link: `/docs/${name === 'examples' ? 'examples/README' : name}`,
		})),
	})),
	{ text: 'More', items: others.map((name) => ({ text: titleOf(`${name}.md`), link: `/docs/${name}` })) },
	{
		text: 'The project',
		items: [
			{ text: 'Benchmarks', link: '/bench/README' },
			{ text: 'Contributing', link: '/CONTRIBUTING' },
			{ text: 'Changes', link: '/CHANGELOG' },
		],
	},
	{
		text: 'Decisions',
		collapsed: true,
		items: pagesIn('decisions').map((name) => ({
			text: titleOf(`decisions/${name}.md`),
			link: `/docs/decisions/${name}`,
		})),
	},
].filter(({ items }) => items.length > 0);
