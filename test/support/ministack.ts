import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, installOnce, type Server, startServer } from './server';

const run = promisify(execFile);
const venv = join(process.cwd(), '.shoplake', 'test-venv');
const requirements = join(process.cwd(), 'docker', 'ministack-requirements.txt');

/**
 * Starts an AWS of the test's own: a MiniStack that keeps nothing, on a free port of the loopback. Its program is
 * `SHOPLAKE_TEST_MINISTACK`, or one in a virtual environment that is made where it is missing.
 */
export async function startMiniStack(): Promise<Server> {
	const port = await freePort();
	const state = await mkdtemp(join(tmpdir(), 'shoplake-ministack-'));
	const server = await startServer({
		program: process.env.SHOPLAKE_TEST_MINISTACK ?? (await installed()),
		flags: [],
		port,
		health: '/_ministack/health',
		env: {
			GATEWAY_PORT: String(port),
			BIND_HOST: '127.0.0.1',
			PERSIST_STATE: '0',
			STATE_DIR: state,
			S3_DATA_DIR: join(state, 's3'),
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

async function installed(): Promise<string> {
	await installOnce(venv, async () => {
		await run('python3', ['-m', 'venv', venv]);
		await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements]);
	});
	return join(venv, 'bin', 'ministack');
}
