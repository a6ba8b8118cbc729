import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../tasks/local/lock';
import { pythonEnvironment } from '../../tasks/local/python-environment';
import { freePort, type Server, startServer } from './server';

const folder = join(process.cwd(), '.shoplake');
const requirements = join(process.cwd(), 'docker', 'ministack-requirements.txt');

/**
 * Starts an AWS of the test's own: a MiniStack that keeps nothing, on a free port of the loopback. Its program is
 * `SHOPLAKE_TEST_MINISTACK`, or the clone's, which is installed where it is missing. `env` are further settings of it.
 */
export async function startMiniStack(env: Readonly<Record<string, string>> = {}): Promise<Server> {
	const port = await freePort();
	const state = await mkdtemp(join(tmpdir(), 'shoplake-ministack-'));
	const temporary = join(state, 'tmp');
	await mkdir(temporary);
	const server = await startServer({
		program: process.env.SHOPLAKE_TEST_MINISTACK ?? (await installed()),
		flags: [],
		port,
		health: '/_ministack/health',
		env: {
			GATEWAY_PORT: String(port),
			BIND_HOST: '127.0.0.1',
			// These two would listen on all addresses.
			IOT_MTLS_ENABLED: '0',
			SFTP_ENABLED: '0',
			PERSIST_STATE: '0',
			STATE_DIR: state,
			S3_DATA_DIR: join(state, 's3'),
			// It leaves the code of functions there.
			TMPDIR: temporary,
			...env,
		},
	});
	return {
		endpoint: server.endpoint,
		stop: async () => {
			await server.stop();
			await rm(state, { recursive: true, force: true });
		},
	};
}

/** Points the SDK of this process at a local AWS. */
export function useEndpoint(endpoint: string): void {
	Object.assign(process.env, {
		AWS_ENDPOINT_URL: endpoint,
		AWS_REGION: 'us-east-1',
		AWS_ACCESS_KEY_ID: 'test',
		AWS_SECRET_ACCESS_KEY: 'test',
	});
}

/** The clone's own, the same that `local up` runs. */
async function installed(): Promise<string> {
	const bin = await withLock({ folder, lock: join(folder, 'local.lock') }, () =>
		pythonEnvironment({ folder: join(folder, 'venv'), requirements, purpose: 'A test with MiniStack' }),
	);
	return join(bin, 'ministack');
}
