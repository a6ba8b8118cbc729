import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installAirflow } from '../../tasks/local/airflow/environment';
import { createAwsLake } from '../support/aws-lake';
import { startAws } from '../support/cli';
import { taskImage } from '../support/docker/engine';

const run = promisify(execFile);

test('no container or volume is left, however the task ends', async () => {
	const image = await taskImage();
	const bin = await installAirflow(process.cwd());
	const home = await mkdtemp(join(tmpdir(), 'shoplake-airflow-'));
	const aws = await startAws();
	try {
		const { env } = await createAwsLake('containers');
		const lakeSettings = Object.entries(env).filter(([name]) => /^(AWS|SHOPLAKE)_/.test(name));
		const settings = {
			...Object.fromEntries(lakeSettings),
			SHOPLAKE_RUNTIME: 'docker',
			SHOPLAKE_IMAGE: image,
			SHOPLAKE_DOCKER_NETWORK: 'host',
		};
		const script = join('test', 'airflow', 'containers.py');
		const { stdout } = await run(join(bin, 'python'), [script], {
			env: { ...process.env, ...settings, AIRFLOW_HOME: home, PYTHONDONTWRITEBYTECODE: '1' },
		});
		const stopped = { left: 0, volumes: 1, kept: 0, seconds: expect.any(Number) };
		expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
			'killed task': { said: expect.stringMatching(/exit code 143, stopped/), ...stopped },
			'killed container': { said: expect.stringMatching(/exit code 137, killed/), ...stopped },
			'removed container': { said: expect.stringMatching(/exit code 137, killed/), ...stopped },
			'timed out': { said: 'time-out', left: 0 },
			orphaned: { before: 1, status: 'done', left: 0 },
		});
	} finally {
		await aws.stop();
		await rm(home, { recursive: true, force: true });
	}
}, 900_000);
