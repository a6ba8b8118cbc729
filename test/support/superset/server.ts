import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../../../tasks/local/python-environment';
import { freePort, type Server, startServer } from '../server';

const run = promisify(execFile);
const here = join(process.cwd(), 'test', 'support', 'superset');

export interface Superset extends Server {
	readonly user: { readonly username: string; readonly password: string };
}

/**
 * Starts Superset on a free port of the loopback, with a user. Its packages are in `SHOPLAKE_TEST_SUPERSET` (the `bin` folder
 * of a virtual environment), or are installed in the clone's `.shoplake` (1.5 GB, some minutes). `folder` takes its own data.
 */
export async function startSuperset(folder: string): Promise<Superset> {
	const bin = process.env.SHOPLAKE_TEST_SUPERSET ?? (await install());
	const port = await freePort();
	await mkdir(folder, { recursive: true });
	const env = {
		...process.env,
		FLASK_APP: 'superset',
		SUPERSET_HOME: folder,
		SUPERSET_CONFIG_PATH: join(here, 'superset_config.py'),
		SUPERSET_TRY_SECRET: randomBytes(32).toString('hex'),
	};
	const user = { username: 'owner', password: randomBytes(12).toString('hex') };
	const superset = (...args: readonly string[]) => run(join(bin, 'superset'), args, { env, maxBuffer: 64 * 1024 ** 2 });
	await superset('db', 'upgrade');
	const { username, password } = user;
	const names = ['--firstname', 'Shop', '--lastname', 'Owner', '--email', 'owner@example.com'];
	await superset('fab', 'create-admin', '--username', username, '--password', password, ...names);
	await superset('init');
	const server = await startServer({
		program: join(bin, 'superset'),
		flags: ['run', '--host', '127.0.0.1', '--port', String(port), '--with-threads'],
		port,
		env,
		health: '/health',
		startMs: 120_000,
	});
	return { ...server, user };
}

function install(): Promise<string> {
	return pythonEnvironment({
		folder: join(process.cwd(), '.shoplake', 'superset'),
		requirements: join(here, 'requirements.txt'),
		purpose: 'Superset',
		onInstall: () => process.stderr.write('Installing Superset: this takes some minutes.\n'),
	});
}
