import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAirflow } from '../../tasks/local/airflow/environment';
import { pythonEnvironment } from '../../tasks/local/python-environment';

const folders = ['dags', join('test', 'dags')];

/** Checks the Python of `dags/` and `test/dags/` with ruff, its rules for Airflow 3 included, and runs the tests by pytest. */
export async function pythonTests(): Promise<{ passed: number; failed: number; skipped: number }> {
	const airflow = await installAirflow(process.cwd());
	const tools = await pythonEnvironment({
		folder: join('.shoplake', 'dag-test-tools'),
		requirements: join('test', 'dags', 'requirements.txt'),
		purpose: 'The tests of the DAGs',
	});
	const ruff = join(tools, 'ruff');
	const checks = [
		await ended(ruff, ['check', '--no-cache', ...folders]),
		await ended(ruff, ['format', '--no-cache', '--check', ...folders]),
	];
	const tests = await runPytest(join(airflow, 'python'), await packagesOf(tools));
	const passed = checks.filter((code) => code === 0).length;
	return { ...tests, passed: tests.passed + passed, failed: tests.failed + checks.length - passed };
}

/** pytest stands beside Airflow's packages for the tests, not among them. */
async function runPytest(python: string, packages: string) {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-pytest-'));
	try {
		const report = join(folder, 'report.xml');
		const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
		const code = await ended(python, ['-m', 'pytest', join('test', 'dags'), `--junitxml=${report}`], env);
		const suite = /<testsuite [^>]*>/.exec(await readFile(report, 'utf8').catch(() => ''))?.[0];
		if (!suite) return { passed: 0, failed: 1, skipped: 0 };
		const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1]);
		const failed = count('failures') + count('errors');
		const skipped = count('skipped');
		// A run that ends badly without a failed test was broken off.
		return { passed: count('tests') - failed - skipped, failed: failed || Number(code !== 0), skipped };
	} finally {
		await rm(folder, { recursive: true });
	}
}

async function packagesOf(bin: string): Promise<string> {
	const lib = join(bin, '..', 'lib');
	const [version = ''] = await readdir(lib);
	return join(process.cwd(), lib, version, 'site-packages');
}

function ended(command: string, args: readonly string[], env = process.env): Promise<number | null> {
	return new Promise((resolve, reject) => {
		spawn(command, args, { env, stdio: 'inherit' }).once('error', reject).once('close', resolve);
	});
}
