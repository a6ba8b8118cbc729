import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The command line of a running process; empty if it has ended (also as a zombie) or can't be read. */
export async function commandLine(pid: number): Promise<string> {
	if (process.platform === 'linux') {
		return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
	}
	return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
		({ stdout }) => stdout.trim(),
		() => '',
	);
}
