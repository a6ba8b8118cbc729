import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { drawDiagrams } from './draw-diagrams';
import { fitPage } from './fit-page';
import { sidebar } from './sidebar';

const clone = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The README's title and its first paragraph, whose first sentence says what the product is. */
const [, title = '', pitch = ''] = /^# (.+)\n\n(.+)\n/.exec(readFileSync(join(clone, 'README.md'), 'utf8')) ?? [];
const [what = '', ...more] = pitch.split(/(?<=\.) /);

/** The anchor that a repository's pages give a heading. */
const slugify = (heading: string): string =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, '')
		.replaceAll(' ', '-');

// The pages keep their paths, so that a link works on the site as it does in the repository. The README is the home page.
export default defineConfig({
	title,
	description: what,
	srcDir: '..',
	srcExclude: ['{cdk.out,coverage,dags,dist,docker,infra,node_modules,sql,tasks,test}/**'],
	rewrites: { 'README.md': 'index.md' },
	markdown: {
		config: (markdown) => {
			markdown.core.ruler.push('fit-page', fitPage(clone));
			drawDiagrams(markdown);
		},
		anchor: { slugify },
	},
	head: [['link', { rel: 'icon', href: 'data:,' }]],
	themeConfig: {
		search: { provider: 'local' },
		nav: [
			{ text: 'Examples', link: '/docs/examples/README' },
			{ text: 'Own data', link: '/docs/sources' },
			{ text: 'SQL', link: '/docs/query' },
			{ text: 'AWS', link: '/docs/aws' },
		],
		sidebar,
		outline: [2, 3],
		docFooter: { prev: false, next: false },
	},
	transformPageData: (page) => {
		if (page.filePath !== 'README.md') return;
		const hero = {
			name: title,
			text: what,
			tagline: more.join(' '),
			actions: [
				{ text: 'Revenue, and can I trust it?', link: '#what-was-my-revenue-last-week-and-can-i-trust-it' },
				{ text: 'Load your own data', link: '/docs/sources', theme: 'alt' },
			],
		};
		Object.assign(page.frontmatter, { layout: 'home', hero });
	},
});
