import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const pages = [
	...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'],
	...readdirSync('docs', { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.md'))
		.map((name) => join('docs', name)),
];

/** A page without its code blocks: what is in them is not a link. */
const prose = (page: string): string => readFileSync(page, 'utf8').replace(/^ *```.*?^ *```/gms, '');

/** The anchors that GitHub gives the headings of a page; a repeated heading gets a number. */
function anchors(page: string): string[] {
	const plain = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, '')
			.replaceAll(' ', '-'),
	);
	return plain.map((name, place) => {
		const repeats = plain.slice(0, place).filter((other) => other === name).length;
		return repeats === 0 ? name : `${name}-${repeats}`;
	});
}

/** Whether a link of a page leads to a file, and to a heading of it if it names one. */
function resolves(page: string, link: string): boolean {
	const [path = '', fragment] = link.split('#');
	const target = path === '' ? page : normalize(join(dirname(page), path));
	return existsSync(target) && (fragment === undefined || anchors(target).includes(fragment));
}

describe.each(pages)('%s', (page) => {
	it('has only relative links that resolve', () => {
		const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
		const relative = links.filter((link) => !/^https?:/.test(link));
		expect(relative.filter((link) => !resolves(page, link))).toEqual([]);
	});

	it('names only files and folders of the project that exist', () => {
		const named = [...prose(page).matchAll(/`((?:bench|dags|docker|docs|infra|sql|tasks|test)\/[\w./-]+)`/g)];
		const paths = named.map(([, path = '']) => path);
		expect(paths.filter((path) => !existsSync(path))).toEqual([]);
	});
});
