import { existsSync, readFileSync } from 'node:fs';
import { allFlags, topCommands } from '../../support/pages/cli-commands';
import { findMistake, isVariable } from '../../support/pages/command-mistakes';
import { hasCommands, howToMark, readMark } from '../../support/pages/marks';
import { type Block, pages, readBlocks, readInlineCode, readPage } from '../../support/pages/pages';
import { listCommands } from '../../support/pages/shell-commands';

/** Flags of other programs that the pages name alone. */
const flagsOfOthers = {
	docker: ['add-host', 'memory', 'network', 'read-only', 'tmpfs'],
	airflow: ['conf', 'logical-date', 'reprocess-behavior'],
	aws: ['endpoint-url', 'payload'],
	cdk: ['parameters'],
	'npm run deploy': ['env', 'smoke-test'],
};

const place = ({ page, line }: Block): string => `${page}, line ${line}`;

it.each([
	['shoplake runn --batch a', "there is no command 'shoplake runn'"],
	['npx --no-install shoplake stream sendd', "there is no command 'shoplake stream sendd'"],
	['echo "select 1" | shoplake query - --formt csv', "'shoplake query' has no flag --formt"],
	['eval "$(shoplake local environment)"', "there is no command 'shoplake local environment'"],
	['A=1 npm run --silent arflow -- dags list', "package.json has no script 'arflow'"],
	['npm start -- --emtpy', "'shoplake local demo' has no flag --emtpy"],
	['npm test -- unti', "there is no tier 'unti' of the tests"],
	['npx cdk deploy --parameters LiveOrder=on', 'the stack has no parameter LiveOrder'],
	['docker/build-images && docker push a', 'there is no file docker/build-images'],
	['shoplake query sql/analyses/revenue.sql', 'there is no file sql/analyses/revenue.sql'],
	['airflow dags trigger shoplake_dayly', 'there is no DAG shoplake_dayly'],
	['docker compose exec airflow airflow dags list', 'docker-compose.yml has no service airflow'],
])('a mistake in a command is found: %s', (text, mistake) => {
	expect(listCommands(text).flatMap((words) => findMistake(words) ?? [])).toEqual([mistake]);
});

it.each(['SHOPLAKE_DRY_RUN', 'SHOPLAKE_EVENTS_API', 'SHOPLAKE_RUNTIME'])('%s is a variable', (name) => {
	expect(isVariable(name)).toBe(true);
});

it('a variable that nothing reads is found', () => {
	expect(isVariable(['SHOPLAKE', 'UNKNOWN'].join('_'))).toBe(false);
});

describe.each(pages)('%s', (page) => {
	const blocks = readBlocks(page);

	it('marks its blocks of commands as sh, and every other block by its language', () => {
		const unnamed = blocks.filter(({ language }) => /^(|bash|console|shell|zsh)$/.test(language)).map(place);
		const mixed = blocks.filter((block) => hasCommands(block) && /^\$ /m.test(block.text)).map(place);
		expect({ unnamed, mixed, how: howToMark }).toEqual({ unnamed: [], mixed: [], how: howToMark });
	});

	it('has its commands run by a test, or says why not', () => {
		const wrong = blocks.filter(hasCommands).flatMap((block) => {
			const mark = readMark(block);
			const named = [...(block.mark ?? '').matchAll(/test\/[\w./-]+\.ts/g)].map(([path]) => path);
			const gone = named.filter((path) => !existsSync(path)).map((path) => `${place(block)}: there is no ${path}`);
			if (mark.kind !== 'run by' || gone.length > 0) return gone;
			const test = plainWords(readFileSync(mark.test, 'utf8'));
			return listCommands(block.text)
				.filter(([program]) => program !== 'cd')
				.map((words) => words.filter((word) => !['npx', '--no-install'].includes(word)).join(' '))
				.filter((command) => !test.includes(plainWords(command)))
				.map((command) => `${place(block)}: ${mark.test} does not run '${command}'`);
		});
		expect({ wrong, how: howToMark }).toEqual({ wrong: [], how: howToMark });
	});

	it('has only commands, flags and environment variables that exist', () => {
		const inline = readInlineCode(page);
		const ofTasks = inline.filter((code) => isTask(code)).map((code) => `shoplake ${code}`);
		const commands = [...blocks.filter(hasCommands).map(({ text }) => text), ...inline, ...ofTasks].flatMap(
			listCommands,
		);
		const flags = inline.flatMap((code) => /^--(?:no-)?([a-z][a-z-]*)/.exec(code)?.[1] ?? []);
		const variables = [...readPage(page).matchAll(/SHOPLAKE_[A-Z][A-Z_]*[A-Z]/g)].map(([name]) => name);
		expect([
			...commands.flatMap((words) => findMistake(words) ?? []),
			...flags
				.filter((flag) => !allFlags.has(flag) && !Object.values(flagsOfOthers).flat().includes(flag))
				.map((flag) => `no flag --${flag}`),
			...variables.filter((name) => !isVariable(name)).map((name) => `nothing reads ${name}`),
		]).toEqual([]);
	});
});

/** A task with a flag, without the program's name before it: `stocks redrive --dry-run`. */
const isTask = (code: string): boolean => topCommands.has(code.split(' ')[0] ?? '') && / \[?--/.test(code);

/** A text with the separators of words in shell, TypeScript and Python as blanks. */
const plainWords = (text: string): string => text.replace(/[\s'"`,()[\]]+/g, ' ').trim();
