import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pages, readInlineCode, readProse } from '../../support/pages/pages';

/** The anchors that GitHub gives the headings of a page; a repeated heading gets a number. */
function anchors(page: string): string[] {
	const plain = [...readProse(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
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
	it('has only relative links and pictures that resolve', () => {
		const links = [...readProse(page).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)];
		const relative = links
			.map(([, link, attribute]) => link ?? attribute ?? '')
			.filter((link) => !/^https?:/.test(link));
		expect(relative.filter((link) => !resolves(page, link))).toEqual([]);
	});

	it('names only files and folders of the project that exist', () => {
		const paths = readInlineCode(page).filter((code) =>
			/^(?:bench|dags|docker|docs|infra|sql|tasks|test)\/[\w./-]+$/.test(code),
		);
		expect(paths.filter((path) => !existsSync(path))).toEqual([]);
	});
});
