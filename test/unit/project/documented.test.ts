import { readFileSync } from 'node:fs';
import { ProjectLake } from './project-lake';

const page = readFileSync('docs/projects.md', 'utf8');

/** The contract, the record, its file and the query that a section of the page shows. */
function example(heading: string) {
	const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
	const [, contract = ''] = /```ts\n(.*?)```/s.exec(section) ?? [];
	const [, record = '', file = ''] = /^echo '(.*)' > (.*)$/m.exec(section) ?? [];
	const [, sql = ''] = /^echo "(.*)" \| npx shoplake query -$/m.exec(section) ?? [];
	return { contract, record, file, sql };
}

test.each([
	['A column in a dataset of the product', 'contracts/orders.ts', [['c1', 'web']]],
	['A dataset of your own', 'contracts/returns.ts', [['r1', '1', '2026-11-20']]],
])('docs/projects.md, %s: its contract takes its record, and its query finds it', async (heading, path, rows) => {
	const { contract, record, file, sql } = example(heading);
	const lake = new ProjectLake();
	await lake.use({ [path]: contract });
	await lake.load('2026-11-20', { [file]: `${record}\n` });
	expect(await lake.query(sql)).toEqual(rows);
});
