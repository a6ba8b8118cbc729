import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAirflow } from '../../tasks/local/airflow/environment';
import { pythonEnvironment } from '../../tasks/local/python-environment';

interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

const folders = ['dags', join('test', 'dags')];
/** What depends on the version of Airflow: every DAG file loads, and each runtime's steps start, log, end and fail. */
const testsOfOldest = [
	'test_steps.py',
	'test_ecs.py',
	'test_process.py',
	'test_alerts.py',
	'test_dag_files.py::test_every_step_runs_in_the_runtime_of_the_deployment[ecs-EcsStep]',
].map((test) => join('test', 'dags', test));
/** The newest Python that the oldest Airflow can have. */
const newestPythonOfOldest = 12;

/**
 * Checks the Python of `dags/` and `test/dags/` with ruff, its rules for Airflow 3 included, and runs the tests by
 * pytest: all with the Airflow that is installed for users, some with the oldest one that is supported.
 */
export async function pythonTests(): Promise<Counts> {
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
	const packages = await listPackages(tools);
	const tests = await runPytest(join(airflow, 'python'), packages, [join('test', 'dags')]);
	const oldest = await testOldest(packages);
	const passed = checks.filter((code) => code === 0).length;
	return {
		passed: tests.passed + oldest.passed + passed,
		failed: tests.failed + oldest.failed + checks.length - passed,
		skipped: tests.skipped + oldest.skipped,
	};
}

async function testOldest(packages: string): Promise<Counts> {
	const [, minor = '0'] = /python3\.(\d+)/.exec(packages) ?? [];
	if (Number(minor) > newestPythonOfOldest) {
		console.error(`The oldest Airflow is not tested: it needs Python 3.${newestPythonOfOldest} or older.`);
		return { passed: 0, failed: 0, skipped: 1 };
	}
	const bin = await pythonEnvironment({
		folder: join('.shoplake', 'oldest-airflow-venv'),
		requirements: join('test', 'dags', 'oldest-airflow-requirements.txt'),
		purpose: 'The test with the oldest Airflow',
		oldest: [3, 11],
	});
	return runPytest(join(bin, 'python'), packages, testsOfOldest);
}

/** pytest stands beside Airflow's packages for the tests, not among them. */
async function runPytest(python: string, packages: string, which: readonly string[]): Promise<Counts> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-pytest-'));
	try {
		const report = join(folder, 'report.xml');
		const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
		const code = await ended(
			python,
			['-m', 'pytest', '-c', join('test', 'dags', 'pytest.ini'), ...which, `--junitxml=${report}`],
			env,
		);
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

async function listPackages(bin: string): Promise<string> {
	const lib = join(bin, '..', 'lib');
	const [version = ''] = await readdir(lib);
	return join(process.cwd(), lib, version, 'site-packages');
}

/** Runs a command and then prints its output, whole: another test runner may be printing in between. */
function ended(command: string, args: readonly string[], env = process.env): Promise<number | null> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
		const output: Buffer[] = [];
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => output.push(piece));
		child.once('error', reject).once('close', (code) => {
			process.stdout.write(Buffer.concat(output));
			resolve(code);
		});
	});
}
