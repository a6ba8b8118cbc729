import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { stepNames } from '../../../infra/tasks/task-steps';

const revision = 'a'.repeat(40);
const repository = '000000000000.dkr.ecr.eu-central-1.amazonaws.com/shoplake';

/** Programs that stand in for those of AWS, Docker and git. Each writes its call into `calls` and answers as `answers` says. */
const program = (name: string) => `#!/usr/bin/env bash
echo "${name} $*" >> "$CALLS"
source "$ANSWERS"
`;

interface Ended {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
	readonly calls: readonly string[];
}

/** Runs a script of `infra/bin` with these programs instead of the real ones; `answers` is Bash that sees the call in `$*`. */
async function runScript(
	script: string,
	args: readonly string[],
	answers: string,
	more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-deploy-'));
	try {
		const bin = join(folder, 'bin');
		await mkdir(bin);
		for (const name of ['git', 'npx', 'aws', 'docker']) {
			await writeFile(join(bin, name), program(name));
			await chmod(join(bin, name), 0o755);
		}
		await writeFile(join(folder, 'answers'), answers);
		await writeFile(join(folder, 'calls'), '');
		const env = {
			...process.env,
			PATH: `${bin}:${process.env.PATH}`,
			CALLS: join(folder, 'calls'),
			ANSWERS: join(folder, 'answers'),
			STATE: folder,
			...more,
		};
		const ended = await new Promise<Omit<Ended, 'calls'>>((done) => {
			execFile(resolve('infra/bin', script), args, { env }, (error, stdout, stderr) =>
				done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
			);
		});
		return { ...ended, calls: (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n') };
	} finally {
		await rm(folder, { recursive: true });
	}
}

/**
 * A repository without images, a stack that deploys, a task that ends with `exitCode`, or with 0 if it is none of `failing`.
 * `OrderKPIs` has the orders of the smoke test from `run` on until they are withdrawn.
 */
const account = ({
	isPushed = false,
	exitCode = '0',
	failing = '.*',
	orders = '10',
	subscriptions = '1',
	changes = '',
} = {}) => `
case "$*" in
	*shoplake-run\\ *) touch "$STATE/loaded" ;;
	*shoplake-load-kpis*) rm -f "$STATE/loaded" ;;
esac
case "$*" in
	'status --porcelain') printf '${changes}' ;;
	'rev-parse HEAD') echo ${revision} ;;
	*OutputKey==\\'ShoplakeRepository*) echo ${repository} ;;
	*OutputKey==\\'ShoplakeAlertsTopic*) echo arn:topic ;;
	*describe-stacks*) printf 'ShoplakeCluster\\tcluster\\nShoplakeTaskFamily\\tshoplake\\nShoplakeTaskSubnets\\ta,b\\nShoplakeTaskPublicIp\\tENABLED\\nShoplakeTaskSecurityGroup\\tsg\\nShoplakeTaskLogGroup\\tlog\\n' ;;
	*describe-images*) [ ${isPushed} = true ] || [ -e "$STATE/pushed" ] || exit 254; echo sha256:digest ;;
	push*) touch "$STATE/pushed" ;;
	*run-task*) [[ "$*" =~ shoplake-(${failing})\\  ]] && echo ${exitCode} > "$STATE/code" || echo 0 > "$STATE/code"; echo arn:aws:ecs:task/cluster/id ;;
	*get-log-events*) printf 'first line\\tlast line\\n' ;;
	*describe-tasks*) printf '%s\\tEssential container exited\\n' "$(cat "$STATE/code")" ;;
	*get-item*) [ -e "$STATE/loaded" ] && echo ${orders} || echo None ;;
	*list-subscriptions*) echo ${subscriptions} ;;
esac
`;

/** The steps that ran on ECS, with their flags. */
const tasksOf = (calls: readonly string[]): string[] =>
	calls.flatMap((call) => {
		const [, command] = /"command":\[(.*?)\]/.exec(call) ?? [];
		return command === undefined ? [] : [JSON.parse(`[${command}]`).join(' ')];
	});

const day = '1970-01-02';
const takenOut = [
	`withdraw --batch ${day}`,
	`aggregate --from ${day} --to ${day}`,
	'crawl',
	`load-kpis --from ${day} --to ${day}`,
];
const smokeTest = [`generate --date ${day} --records 10 --dirt 0`, `run --batch ${day}`, ...takenOut];

describe('npm run deploy', () => {
	test('deploys the stack, pushes the image under its revision, deploys it by digest, and runs doctor', async () => {
		const flags = ['--env', 'staging', '--no-smoke-test'];
		const { code, calls, stdout, stderr } = await runScript('deploy', flags, account());
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
		const steps = calls.filter((call) => /cdk|^docker|run-task/.test(call));
		expect(steps.map((call) => call.replace(/ --(network-configuration|build-arg).*/, ''))).toEqual([
			'npx --no-install cdk deploy Shoplake --context env=staging',
			`docker build --network host --file docker/Dockerfile --tag ${repository}:${revision}`,
			'docker login --username AWS --password-stdin 000000000000.dkr.ecr.eu-central-1.amazonaws.com',
			`docker push ${repository}:${revision}`,
			`npx --no-install cdk deploy Shoplake --context env=staging --parameters TaskImage=${repository}@sha256:digest`,
			'aws ecs run-task --cluster cluster --launch-type FARGATE --propagate-tags TASK_DEFINITION --task-definition shoplake-doctor',
		]);
		expect(stdout).toMatch(new RegExp(`last line\\nRevision ${revision} is deployed to staging.\\n$`));
	});

	test.each([
		['dev', [], true],
		['staging', [], true],
		['prod', [], false],
		['prod', ['--smoke-test'], true],
		['dev', ['--no-smoke-test'], false],
	])('runs the smoke test in %s with %j: %s', async (environment, flags, isTested) => {
		const { code, calls, stdout } = await runScript(
			'deploy',
			['--env', environment, ...flags],
			account({ isPushed: true }),
		);
		expect(code).toBe(0);
		expect(tasksOf(calls)).toEqual(['doctor', ...(isTested ? smokeTest : [])]);
		expect(stdout.includes('10 orders of 1970-01-02 were loaded, and are withdrawn')).toBe(isTested);
		expect(calls.filter((call) => /smoke-test/.test(call))).toEqual([]);
	});

	test('does not build an image that is in the repository', async () => {
		const { code, calls } = await runScript('deploy', ['--env', 'dev'], account({ isPushed: true }));
		expect(code).toBe(0);
		expect(calls.filter((call) => call.startsWith('docker'))).toEqual([]);
	});

	test('passes further flags to both deployments', async () => {
		const { calls } = await runScript('deploy', ['--env', 'prod', '-c', 'budget=20'], account({ isPushed: true }));
		expect(calls.filter((call) => call.includes('-c budget=20'))).toHaveLength(2);
	});

	test('protects what holds data before it updates the stack, and again afterwards without exceptions', async () => {
		const unprotected = { SHOPLAKE_UNPROTECTED: 'MarketQueue65E095BF,AlertsKey9E1197AF' };
		const deployed = account({ isPushed: true });
		const { calls } = await runScript('deploy', ['--env', 'prod'], deployed, unprotected);
		expect(
			calls.filter((call) => /protect|cdk|run-task/.test(call)).map((call) => call.split(' ').slice(2, 6)),
		).toEqual([
			['tsx', 'infra/bin/protect.ts', '--except', 'MarketQueue65E095BF,AlertsKey9E1197AF'],
			['cdk', 'deploy', 'Shoplake', '--context'],
			['cdk', 'deploy', 'Shoplake', '--context'],
			['tsx', 'infra/bin/protect.ts'],
			['run-task', '--cluster', 'cluster', '--launch-type'],
		]);
	});

	test('updates nothing that it can’t protect', async () => {
		const refusing = `case "$*" in *protect.ts*) echo 'AccessDenied' >&2; exit 1 ;; esac\n${account()}`;
		const { code, calls, stderr } = await runScript('deploy', ['--env', 'dev'], refusing);
		expect({ code, stderr }).toEqual({ code: 1, stderr: 'AccessDenied\n' });
		expect(calls.filter((call) => call.includes('cdk'))).toEqual([]);
	});

	test('refuses changes that are not committed, before anything is deployed', async () => {
		const { code, calls, stderr } = await runScript('deploy', ['--env', 'dev'], account({ changes: ' M README.md' }));
		expect(code).toBe(65);
		expect(stderr).toContain('Commit them');
		expect(calls).toEqual(['git status --porcelain']);
	});

	test('fails as doctor fails', async () => {
		const { code, stdout } = await runScript('deploy', ['--env', 'dev'], account({ exitCode: '78' }));
		expect(code).toBe(78);
		expect(stdout).not.toContain('is deployed');
	});

	test('says loudly that no one is told of failures', async () => {
		const { stderr } = await runScript('deploy', ['--env', 'dev'], account({ subscriptions: '0' }));
		expect(stderr).toMatch(/^WARNING: no one is told when something fails/);
	});

	test.each([[[]], [['--env', 'test']], [['--env']], [['staging']]])('refuses %j', async (args) => {
		const { code, calls } = await runScript('deploy', args, account());
		expect({ code, calls }).toEqual({ code: 64, calls: [''] });
	});
});

test('infra/bin/stack-settings prints the outputs under the names of the settings', async () => {
	const { stdout } = await runScript('stack-settings', [], account());
	expect(stdout.split('\n')).toEqual([
		"SHOPLAKE_CLUSTER='cluster'",
		"SHOPLAKE_TASK_FAMILY='shoplake'",
		"SHOPLAKE_TASK_SUBNETS='a,b'",
		"SHOPLAKE_TASK_PUBLIC_IP='ENABLED'",
		"SHOPLAKE_TASK_SECURITY_GROUP='sg'",
		"SHOPLAKE_TASK_LOG_GROUP='log'",
		'',
	]);
});

describe('infra/bin/smoke-test', () => {
	test('loads a day of 1970 and takes it out again', async () => {
		const { code, calls, stdout, stderr } = await runScript('smoke-test', [], account());
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
		expect(tasksOf(calls)).toEqual(smokeTest);
		expect(stdout).toMatch(/The smoke test went through: 10 orders of 1970-01-02 were loaded, and are withdrawn.\n$/);
	});

	test('takes the day out even if the pipeline fails, and fails as it does', async () => {
		const { code, calls, stdout } = await runScript('smoke-test', [], account({ failing: 'run', exitCode: '78' }));
		expect(code).toBe(78);
		expect(tasksOf(calls)).toEqual(smokeTest);
		expect(stdout).not.toContain('went through');
	});

	test('says that the day is still in the lake if it can’t be taken out', async () => {
		const answers = account({ failing: 'withdraw', exitCode: '75' });
		const { code, stderr } = await runScript('smoke-test', [], answers);
		expect(code).toBe(75);
		expect(stderr).toMatch(/^WARNING: the 10 orders of 1970-01-02 are still in the lake/);
	});

	test('fails if other orders are in DynamoDB than were sent', async () => {
		const { code, stderr } = await runScript('smoke-test', [], account({ orders: '9' }));
		expect(code).toBe(70);
		expect(stderr).toContain('It had 9, and has None.');
	});
});

describe('infra/bin/run-task', () => {
	test('runs a step of two words with its flags and prints its log', async () => {
		const { code, calls, stdout } = await runScript('run-task', ['stream', 'seal', '--as-of', 'a "b"'], account());
		expect({ code, stdout }).toEqual({ code: 0, stdout: 'first line\nlast line\n' });
		const [started] = calls.filter((call) => call.includes('run-task'));
		expect(started).toContain('--task-definition shoplake-stream-seal ');
		expect(started).toContain('"command":["stream","seal","--as-of","a \\"b\\""]');
		expect(started).toContain('awsvpcConfiguration={subnets=[a,b],securityGroups=[sg],assignPublicIp=ENABLED}');
	});

	test('the text of a query is no part of the name of its step', async () => {
		const { calls } = await runScript('run-task', ['query', 'select 1'], account());
		const [started] = calls.filter((call) => call.includes('run-task'));
		expect(started).toContain('--task-definition shoplake-query ');
		expect(started).toContain('"command":["query","select 1"]');
	});

	test('knows every step of two words', async () => {
		const script = await readFile('infra/bin/run-task', 'utf8');
		const families = new Set(stepNames.filter((step) => step.includes(' ')).map((step) => step.split(' ')[0]));
		const [, known = ''] = /^case \$1 in (.*)\) step=/m.exec(script) ?? [];
		expect(known.split(' | ').sort()).toEqual([...families].sort());
	});

	test('says why a task never ran', async () => {
		const { code, stderr } = await runScript('run-task', ['doctor'], account({ exitCode: 'None' }));
		expect({ code, stderr }).toEqual({ code: 75, stderr: 'The task never ran: Essential container exited\n' });
	});
});
