import { join } from 'node:path';
import { buildCli, startProgram } from '../support/cli';

beforeAll(buildCli);

/** What bash offers when a person presses Tab after these words. */
async function offered(...words: readonly string[]): Promise<string[]> {
	const script = `
		program=$1 node=$2; shift 2
		shoplake() { "$node" "$program" "$@"; }
		eval "$(shoplake completion bash)"
		COMP_WORDS=(shoplake "$@") COMP_CWORD=$#
		_shoplake
		printf '%s\\n' "\${COMPREPLY[@]}"`;
	const args = ['-c', script, 'bash', join('dist', 'cli.js'), process.execPath, ...words];
	const { code, stdout, stderr } = await startProgram('bash', args, { SHELL: '/bin/zsh', PATH: process.env.PATH })
		.ended;
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
	return stdout.trimEnd().split('\n');
}

describe('completion in bash', () => {
	it.each<[words: string[], offered: string[]]>([
		[['quer'], ['query']],
		[['local', 'do'], ['down']],
		[
			['query', 'inventory'],
			['inventory', 'inventory-by-category', 'inventory-overstock'],
		],
		[['query', '--eng'], ['--engine']],
		[
			['query', '--engine', ''],
			['duckdb', 'athena'],
		],
		[['completion', 'z'], ['zsh']],
		[['query', 'sql/ana'], ['']],
	])('of %j offers %j', async (words, expected) => {
		expect(await offered(...words)).toEqual(expected);
	});

	it('offers all commands', async () => {
		expect(await offered('')).toEqual(expect.arrayContaining(['run', 'ingest', 'query', 'tables', 'completion']));
	});
});

it('prints a completion script for zsh', async () => {
	const { ended } = startProgram(process.execPath, [join('dist', 'cli.js'), 'completion', 'zsh'], {});
	const { code, stdout } = await ended;
	expect([code, stdout.split('\n')[0]]).toEqual([0, '#compdef shoplake']);
	expect(stdout).toContain('compdef _shoplake shoplake');
});

it('refuses another shell, exit code 64', async () => {
	const { ended } = startProgram(process.execPath, [join('dist', 'cli.js'), 'completion', 'fish'], {});
	const { code, stderr } = await ended;
	expect([code, stderr]).toEqual([64, expect.stringContaining('Choices: "bash", "zsh"')]);
});
