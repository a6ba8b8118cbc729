import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json';
import { outputVariable } from '../../../tasks/platform/config';
import { allFlags, findCliMistake } from './cli-commands';

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
export function findMistake(command: readonly string[]): string | undefined {
	const missing = findMissing(command);
	if (missing !== undefined) return missing;
	const [program = '', ...words] = command;
	if (program === 'shoplake') return findCliMistake(words);
	if (program === 'npx') {
		const [next = '', ...rest] = words.filter((word) => word !== '--no-install');
		if (next === 'shoplake') return findCliMistake(rest);
		if (next === 'cdk') return findParameterMistake(rest);
	}
	if (program === 'npm') return findNpmMistake(words);
	if (program === 'docker') return findServiceMistake(words);
	return undefined;
}

/** The first file or DAG of the project that a command names and that doesn't exist. */
function findMissing(words: readonly string[]): string | undefined {
	const file = words.find((word) => projectPath.test(word) && !existsSync(word));
	if (file !== undefined) return `there is no file ${file}`;
	const dag = words.find(
		(word) => words.includes('dags') && /^shoplake_\w+$/.test(word) && !existsSync(`dags/${word}.py`),
	);
	return dag && `there is no DAG ${dag}`;
}

const projectPath = /^(?:bench|dags|docker|docs|infra|sql|tasks|test)\/[\w./-]+$/;

/** Services are the keys of docker-compose.yml two blanks deep. */
function findServiceMistake(words: readonly string[]): string | undefined {
	const service = words[0] === 'compose' && words[1] === 'exec' ? words[2] : undefined;
	if (service === undefined || readFileSync('docker-compose.yml', 'utf8').includes(`\n  ${service}:\n`))
		return undefined;
	return `docker-compose.yml has no service ${service}`;
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

/** A variable is named in a source, stands for a flag, or for an output of the stack. */
export const isVariable = (name: string): boolean =>
	sources.includes(name) ||
	[...sources.matchAll(/'(Shoplake[A-Za-z]+)'/g)].some(([, output = '']) => outputVariable(output) === name) ||
	allFlags.has(name.slice('SHOPLAKE_'.length).toLowerCase().replaceAll('_', '-'));
