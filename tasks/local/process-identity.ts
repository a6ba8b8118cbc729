import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a process of this id runs, whosever it is. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/** The command line of a running process; empty where there is none or it can't be known. */
export async function commandLine(pid: number): Promise<string> {
	if (process.platform === 'linux') {
		return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
	}
	return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
		({ stdout }) => stdout.trim(),
		() => '',
	);
}
