import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

type Rule = Parameters<MarkdownRenderer['core']['ruler']['push']>[1];

/**
 * What a page of the repository needs to be one of the site: links to the README lead home, links to sources are only
 * their text, and the home page lacks the title and the first paragraph, which are in its head.
 */
export const fitPage =
	(clone: string): Rule =>
	(state) => {
		const page: string = state.env.relativePath;
		if (page === 'index.md' || page === 'README.md') state.tokens.splice(0, 6);
		for (const token of state.tokens) {
			let isText = false;
			for (const child of token.children ?? []) {
				if (child.type === 'link_open') {
					const [path = '', fragment] = (child.attrGet('href') ?? '').split('#');
					const target = join(dirname(page), decodeURI(path));
					if (target === 'README.md') child.attrSet('href', fragment === undefined ? '/' : `/#${fragment}`);
					isText = path !== '' && !path.includes(':') && !path.endsWith('.md') && existsSync(join(clone, target));
				}
				if (isText && child.type.startsWith('link_')) Object.assign(child, { type: 'text', content: '' });
				if (child.type === 'link_close') isText = false;
			}
		}
	};
