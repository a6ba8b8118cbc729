import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localLayout } from '../../tasks/local/layout';
import { withLock } from '../../tasks/local/lock';
import { pythonEnvironment } from '../../tasks/local/python-environment';
import { buildCli, runResult } from '../support/cli';
import { freePort } from '../support/server';
import { copySynthesised } from '../support/synthesised-stack';

/** A test's own emulator, as `shoplake local up` starts it: with the stack deployed, and its state persisted. */
export interface LocalAws {
	/** The environment of a task on the stack's lake, and the stack's settings of ECS, SNS and SQS. */
	readonly settings: Readonly<Record<string, string>>;
	up(): Promise<void>;
	down(): Promise<void>;
	/** Stops the emulator and deletes its data. */
	dispose(): Promise<void>;
}

/** Starts it on an address of this machine: the loopback interface, or one that containers reach. */
export async function startLocalAws(host = '127.0.0.1'): Promise<LocalAws> {
	await buildCli();
	const home = await mkdtemp(join(tmpdir(), 'shoplake-laptop-'));
	const own = Object.entries(process.env).filter(([name]) => !/^(AWS|SHOPLAKE)_/.test(name));
	const env = { ...Object.fromEntries(own), SHOPLAKE_HOME: home };
	const port = await freePort();
	const layout = localLayout(home);
	await mkdir(layout.folder);
	await symlink(await installMinistack(), layout.venv);
	await copySynthesised(layout);
	const up = async () => {
		await runResult(env, 'local', 'up', '--host', host, '--port', String(port));
	};
	await up();
	const lines = (await readFile(join(home, '.shoplake', 'local.env'), 'utf8')).split('\n').filter(Boolean);
	return {
		settings: Object.fromEntries(
			lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
		),
		up,
		down: async () => {
			await runResult(env, 'local', 'down');
		},
		dispose: async () => {
			await runResult(env, 'local', 'down');
			await rm(home, { recursive: true, force: true });
		},
	};
}

/** The clone's own installation of the emulator. */
async function installMinistack(): Promise<string> {
	const folder = join(process.cwd(), '.shoplake');
	const venv = join(folder, 'venv');
	const requirements = join('docker', 'ministack-requirements.txt');
	await withLock({ folder, lock: join(folder, 'local.lock') }, () =>
		pythonEnvironment({ folder: venv, requirements, purpose: 'This test' }),
	);
	return venv;
}
