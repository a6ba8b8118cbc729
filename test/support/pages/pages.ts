import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every page of the project that people read. */
export const pages: readonly string[] = [
	...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'],
	...readdirSync('docs', { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
		.map((name) => join('docs', name))
		.sort(),
];

export const readPage = (page: string): string => readFileSync(page, 'utf8');

/** A page without its code blocks and its comments: what is in them is neither a link nor prose. */
export const readProse = (page: string): string =>
	readPage(page)
		.replace(/^ *```.*?^ *```/gms, '')
		.replace(/<!--.*?-->/gs, '');

/** What is in backticks in the prose of a page. */
export const readInlineCode = (page: string): string[] =>
	[...readProse(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** A code block of a page. */
export interface Block {
	readonly page: string;
	/** The line of its opening fence, from 1. */
	readonly line: number;
	/** Empty if the fence has none. */
	readonly language: string;
	readonly text: string;
	/** The HTML comment just before it. */
	readonly mark: string | undefined;
}

/** The code blocks of a page, in order. The text of an indented block is without the fence's indentation. */
export function readBlocks(page: string): Block[] {
	const text = readPage(page);
	const found = text.matchAll(/(?:<!--((?:(?!-->).)*)-->\s*)?^( *)```(\S*)\n(.*?)^\2```$/gms);
	return [...found].map((match) => {
		const [whole, mark, indentation = '', language = '', body = ''] = match;
		const fence = match.index + whole.length - `${indentation}\`\`\`${language}\n${body}${indentation}\`\`\``.length;
		return {
			page,
			line: text.slice(0, fence).split('\n').length,
			language,
			text: body.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
			mark: mark?.trim(),
		};
	});
}
