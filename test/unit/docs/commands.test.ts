import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json';
import { outputVariable } from '../../../tasks/platform/config';
import { allFlags, findCliMistake } from '../../support/pages/cli-commands';
import { hasCommands, howToMark, readMark } from '../../support/pages/marks';
import { type Block, pages, readBlocks, readInlineCode, readPage } from '../../support/pages/pages';
import { listCommands } from '../../support/pages/shell-commands';

/** Flags of other programs that the pages name alone. */
const flagsOfOthers = {
	docker: ['add-host', 'memory', 'network', 'read-only', 'tmpfs'],
	airflow: ['conf', 'logical-date', 'reprocess-behavior'],
	aws: ['endpoint-url', 'payload'],
	cdk: ['parameters'],
	'npm run deploy': ['env'],
};

/** The texts of all sources, in which each environment variable that exists is named. */
const sources = ['tasks', 'infra', 'dags', 'docker', 'test', 'bench', 'docker-compose.yml']
	.flatMap((path) =>
		path.endsWith('.yml')
			? [path]
			: readdirSync(path, { recursive: true, withFileTypes: true })
					.filter((entry) => entry.isFile() && !/\.(md|parquet|gz|pyc)$/.test(entry.name))
					.map((entry) => join(entry.parentPath, entry.name)),
	)
	.map((path) => readFileSync(path, 'utf8'))
	.join('\n');

/** What is wrong with a command, by what it names; undefined if nothing is, or if it is another program's. */
function findMistake([program = '', ...words]: readonly string[]): string | undefined {
	if (program === 'shoplake') return findCliMistake(words);
	if (program === 'npx') {
		const [next = '', ...rest] = words.filter((word) => word !== '--no-install');
		if (next === 'shoplake') return findCliMistake(rest);
		if (next === 'cdk') return findParameterMistake(rest);
	}
	if (program === 'npm') return findNpmMistake(words);
	if (/^(docker|bench|test|infra)\//.test(program) && !existsSync(program)) return `there is no file ${program}`;
	return undefined;
}

function findNpmMistake([command = '', ...words]: readonly string[]): string | undefined {
	const script = command === 'run' ? (words.find((word) => !word.startsWith('-')) ?? '') : command;
	const isScript = ['run', 'start', 'test'].includes(command);
	if (isScript && !(script in packageJson.scripts)) return `package.json has no script '${script}'`;
	const own = words.slice(words.indexOf('--') + 1);
	if (command === 'start' && words.includes('--')) return findCliMistake(['local', 'demo', ...own]);
	if (command !== 'test' || !words.includes('--')) return undefined;
	const tier = own.find((word) => !existsSync(join('test', word)));
	return tier && `there is no tier '${tier}' of the tests`;
}

/** The stack's parameters are named in infra/, in quotes. */
function findParameterMistake(words: readonly string[]): string | undefined {
	const given = words.flatMap((word, index) => (words[index - 1] === '--parameters' ? [word.split('=')[0] ?? ''] : []));
	const unknown = given.find((name) => !sources.includes(`'${name}'`));
	return unknown && `the stack has no parameter ${unknown}`;
}

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

	it('says of each code block what language it is in', () => {
		const unnamed = blocks.filter(({ language }) => language === '').map(place);
		const mixed = blocks.filter((block) => hasCommands(block) && /^\$ /m.test(block.text)).map(place);
		expect({ unnamed, mixed, how: howToMark }).toEqual({ unnamed: [], mixed: [], how: howToMark });
	});

	it('has its commands run by a test, or says why not', () => {
		const wrong = blocks.filter(hasCommands).flatMap((block) => {
			const mark = readMark(block);
			if (mark.kind !== 'run by') return [];
			if (!existsSync(mark.test)) return [`${place(block)}: there is no ${mark.test}`];
			const test = plainWords(readFileSync(mark.test, 'utf8'));
			return listCommands(block.text)
				.filter(([program]) => program !== 'cd')
				.map((words) => words.filter((word) => !['npx', '--no-install'].includes(word)).join(' '))
				.filter((command) => !test.includes(plainWords(command)))
				.map((command) => `${place(block)}: ${mark.test} does not run '${command}'`);
		});
		expect(wrong).toEqual([]);
	});

	it('has only commands, flags and environment variables that exist', () => {
		const inline = readInlineCode(page);
		const commands = [...blocks.filter(hasCommands).map(({ text }) => text), ...inline].flatMap(listCommands);
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

/** A text with the separators of words in shell, TypeScript and Python as blanks. */
const plainWords = (text: string): string => text.replace(/[\s'"`,()[\]]+/g, ' ').trim();

/** A variable is named in a source, stands for a flag, or for an output of the stack. */
const isVariable = (name: string): boolean =>
	sources.includes(name) ||
	[...sources.matchAll(/'(Shoplake[A-Za-z]+)'/g)].some(([, output = '']) => outputVariable(output) === name) ||
	allFlags.has(name.slice('SHOPLAKE_'.length).toLowerCase().replaceAll('_', '-'));
