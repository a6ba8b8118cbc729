import { DuckDBInstance } from '@duckdb/node-api';
import { parseSync } from '@swc/core';
import { type Block, pages, readBlocks } from '../../support/pages/pages';

/** The languages that a block may be in. */
const languages = ['sh', 'text', 'json', 'ts', 'js', 'sql', 'python', 'properties', 'yaml', 'mermaid', 'html'];

/** Throws where a block is not what its language allows. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
	json: (text) => JSON.parse(text),
	ts: (text) => parseModule(text, 'typescript'),
	js: (text) => parseModule(text, 'ecmascript'),
};

/** A whole module, or members of an object. */
function parseModule(text: string, syntax: 'typescript' | 'ecmascript'): unknown {
	try {
		return parseSync(text, { syntax, target: 'es2022' });
	} catch {
		return parseSync(`({\n${text}\n});`, { syntax, target: 'es2022' });
	}
}

const place = ({ page, line, language }: Block): string => `${page}, line ${line}: ${language}`;

describe.each(pages)('%s', (page) => {
	const blocks = readBlocks(page);

	it('has code blocks only in known languages, and they can be parsed', () => {
		const unknown = blocks.filter(({ language }) => !languages.includes(language));
		expect(unknown.map(place)).toEqual([]);
		const broken = blocks.flatMap((block) => {
			try {
				parsers[block.language]?.(block.text);
				return [];
			} catch (error) {
				return [`${place(block)}: ${(error as Error).message}`];
			}
		});
		expect(broken).toEqual([]);
	});
});

it('every block of SQL can be parsed, except those that say which other engine they are for', async () => {
	const connection = await (await DuckDBInstance.create()).connect();
	const broken: string[] = [];
	for (const block of pages.flatMap(readBlocks)) {
		if (block.language !== 'sql' || block.mark?.startsWith('sql of ')) continue;
		// A slot stands for an expression, a `:name` for a value; a block of comments has no statement of its own.
		const text = block.text.replace(/\{[^}]*\}/g, 'x').replace(/(?<![:\w]):(?=[a-z_])/g, '$');
		const parse = (sql: string) => connection.extractStatements(`select 1;\n${sql}`);
		await parse(text)
			.catch(() => parse(`select ${text}`))
			.catch((error: Error) => broken.push(`${place(block)}: ${error.message}`));
	}
	connection.closeSync();
	expect(broken).toEqual([]);
});
