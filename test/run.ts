/**
 * Runs the tests of all tiers, as far as this machine can, and reports the tiers that it leaves out and why. With CI=true
 * leaving one out is a failure.
 *
 *   npm test                     every tier
 *   npm test -- unit infra       these
 *
 * The last line sums up all of them: `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonTests } from './support/python-tests';

interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}
interface Tier {
	readonly name: string;
	readonly what: string;
	readonly needs: readonly (keyof typeof needs)[];
}
/** Tiers that one run of a test runner takes. */
interface Run {
	readonly tiers: readonly Tier[];
	run(names: readonly string[]): Promise<Counts>;
}

/** What a machine may lack: the reason to print, or undefined where it is there. */
const needs = {
	python: () =>
		works('python3', '-c', 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 10))')
			? undefined
			: 'python3 is missing, older than 3.10 or without venv (Debian: python3-venv)',
	newPython: () =>
		works('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 11))')
			? undefined
			: 'Airflow needs python3 3.11 or newer',
	java: () => (works('java', '-version') && works('mvn', '--version') ? undefined : 'Java or Maven is missing'),
	docker: () =>
		works('docker', 'version') ? undefined : "no Docker engine answers: 'docker/install-engine' brings one up",
	compose: () =>
		works('docker', 'compose', 'version') || works('go', 'version')
			? undefined
			: "Docker Compose is missing, and Go, by which 'test/support/docker/build-compose' builds it",
	chromium: () => (works('chromium', '--version') ? undefined : "Chromium is missing: 'apt install chromium'"),
};

// The files wait for servers of their own most of the time: two of them fill two cores, where Jest by default would run
// one at a time.
const workers = String(Math.max(2, availableParallelism() - 1));
const byWorkers = (names: readonly string[]) => runJest(names, '--maxWorkers', workers);
/** The files of a tier share a resource, so they run one after the other. */
const inBand = (names: readonly string[]) => runJest(names, '--runInBand');

/**
 * Stages run one after the other, the runs of a stage side by side. pytest and the images share nothing and wait a lot.
 * Airflow has the machine to itself, because its servers count as dead when they are slow.
 */
const stages: readonly (readonly Run[])[] = [
	[
		{
			run: byWorkers,
			tiers: [
				{ name: 'unit', what: 'no server', needs: [] },
				{ name: 'browser', what: 'the report in Chromium', needs: ['chromium'] },
				{ name: 'infra', what: 'the CDK app', needs: [] },
				{ name: 'integration', what: 'MiniStack, DynamoDB Local', needs: ['python', 'java'] },
				{ name: 'e2e', what: 'the command line on MiniStack', needs: ['python'] },
				{ name: 'trino', what: 'the SQL, on Trino over MiniStack', needs: ['python', 'java'] },
			],
		},
	],
	[
		{ run: pythonTests, tiers: [{ name: 'dags', what: "Airflow's DAGs", needs: ['python', 'newPython'] }] },
		{ run: inBand, tiers: [{ name: 'docker', what: 'the images, Compose', needs: ['python', 'docker', 'compose'] }] },
	],
	[
		{
			run: inBand,
			tiers: [
				{
					name: 'airflow',
					what: 'Airflow with all three runtimes',
					needs: ['python', 'newPython', 'docker', 'chromium'],
				},
			],
		},
	],
];
const tiers = stages.flat().flatMap((run) => run.tiers);

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !tiers.some((tier) => tier.name === name));
if (unknown !== undefined) {
	console.error(`There is no tier ${unknown}; there are ${tiers.map(({ name }) => name).join(', ')}.`);
	process.exit(64);
}

const chosen = tiers.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const lacking = new Map(chosen.map((tier) => [tier.name, tier.needs.flatMap((need) => needs[need]() ?? [])]));
const runs = chosen.filter(({ name }) => lacking.get(name)?.length === 0);
for (const { name, what } of chosen) {
	const reasons = lacking.get(name) ?? [];
	console.log(`${name} (${what}): ${reasons.length === 0 ? 'runs' : `LEFT OUT, ${reasons.join('; ')}`}`);
}

const counts: Counts[] = [];
for (const stage of stages) {
	const started = stage.flatMap(({ tiers, run }) => {
		const names = tiers.filter((tier) => runs.includes(tier)).map(({ name }) => name);
		return names.length > 0 ? [orFailure(names, run(names))] : [];
	});
	counts.push(...(await Promise.all(started)));
}

const leftOut = chosen.length - runs.length;
const sum = (count: keyof Counts) => counts.reduce((total, tier) => total + tier[count], 0);
if (leftOut > 0) console.log(`${leftOut} of ${chosen.length} tiers left out; the first lines say why.`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 || (process.env.CI === 'true' && leftOut > 0) ? 1 : 0;

/** A run that breaks off counts as a failure; what runs beside it ends first. */
async function orFailure(names: readonly string[], run: Promise<Counts>): Promise<Counts> {
	try {
		return await run;
	} catch (error) {
		console.error(`${names.join(', ')} broke off: ${(error as Error).message}`);
		return { passed: 0, failed: 1, skipped: 0 };
	}
}

async function runJest(names: readonly string[], ...flags: readonly string[]): Promise<Counts> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-jest-'));
	try {
		const report = join(folder, 'report.json');
		const args = ['--selectProjects', ...names, ...flags];
		await ended('npx', ['--no-install', 'jest', ...args, '--json', `--outputFile=${report}`]);
		const totals = JSON.parse(
			await readFile(report, 'utf8').catch((error) => {
				throw new Error(`Jest left no report: ${error.message}`);
			}),
		);
		return {
			passed: totals.numPassedTests,
			// A file that can't be loaded has no tests to count.
			failed: totals.numFailedTests + totals.numRuntimeErrorTestSuites,
			skipped: totals.numPendingTests + totals.numTodoTests,
		};
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** Runs a command whose stderr goes to this terminal; Jest's report on stdout is not shown. */
function ended(command: string, args: readonly string[]): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
		child.once('error', reject).once('close', () => resolve());
	});
}

function works(command: string, ...args: readonly string[]): boolean {
	return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
