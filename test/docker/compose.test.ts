import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { buildCli, type Ended, runCli, startProgram } from '../support/cli';
import { docker, requireEngine } from '../support/docker/engine';
import { freePort } from '../support/server';
import { until } from '../support/until';

const run = promisify(execFile);
const manyMegabytes = { maxBuffer: 64 * 1024 ** 2 };
const project = `shoplake-test-${process.pid}`;
const date = '2026-11-10';

let folder: string;
let envFile: string;
let ports: { airflow: number; ministack: number };

/** Runs `docker compose …` on this clone, as a project with its own network, volumes and ports. */
async function compose(...args: readonly string[]): Promise<string> {
	const own = ['compose', '--env-file', envFile, '--project-name', project];
	const { stdout } = await run('docker', [...own, ...args], manyMegabytes);
	return stdout;
}

beforeAll(async () => {
	await requireEngine('node', 'python', 'postgres');
	await run(join('test', 'support', 'docker', 'build-compose'), [], manyMegabytes);
	await buildCli();
	folder = await mkdtemp(join(tmpdir(), 'shoplake-compose-'));
	envFile = join(folder, '.env');
	ports = { airflow: await freePort(), ministack: await freePort() };
	const settings = [
		`AIRFLOW_PORT=${ports.airflow}`,
		`MINISTACK_PORT=${ports.ministack}`,
		`SHOPLAKE_NETWORK=${project}`,
	];
	await writeFile(envFile, settings.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}, 900_000);
afterAll(async () => {
	await compose('down', '--volumes', '--remove-orphans', '--timeout', '20');
	await rm(folder, { recursive: true, force: true });
});

describe('docker/make-env', () => {
	it('creates secrets once, readable by this user only, and prints the login', async () => {
		const { stdout } = await run('docker/make-env', [envFile]);
		const made = await readFile(envFile, 'utf8');
		const values = Object.fromEntries(made.split('\n').map((line) => line.split(/=(.*)/).slice(0, 2)));
		for (const name of ['POSTGRES_PASSWORD', 'AIRFLOW_FERNET_KEY', 'AIRFLOW_JWT_SECRET', 'AIRFLOW_SECRET_KEY']) {
			expect(values[name]).toMatch(/^[\w-]{30,}=*$/);
		}
		expect(stdout.trim()).toBe(
			`Airflow will be at http://127.0.0.1:${ports.airflow}, user admin, password ${values.AIRFLOW_PASSWORD}`,
		);
		expect((await run('docker/make-env', [envFile])).stdout).toBe(stdout);
		expect(await readFile(envFile, 'utf8')).toBe(made);
		expect((await stat(envFile)).mode & 0o777).toBe(0o600);
	});
});

describe('docker-compose.yml', () => {
	it('is valid and publishes ports on the loopback interface only', async () => {
		const { services } = JSON.parse(await compose('config', '--format', 'json'));
		const published = Object.values<{ ports?: { host_ip: string; published: string }[] }>(services).flatMap(
			({ ports = [] }) => ports.map(({ host_ip, published }) => `${host_ip}:${published}`),
		);
		expect(published.sort()).toEqual([`127.0.0.1:${ports.airflow}`, `127.0.0.1:${ports.ministack}`].sort());
		expect(Object.values<{ network_mode?: string }>(services).map(({ network_mode }) => network_mode)).not.toContain(
			'host',
		);
	});

	it('has only Airflow, without access to the engine, where its steps run on AWS', async () => {
		const files = ['--file', 'docker-compose.yml', '--file', join('docker', 'compose.aws.yml')];
		const { services } = JSON.parse(await compose(...files, 'config', '--format', 'json'));
		const components = ['api', 'dag-processor', 'init', 'scheduler', 'triggerer'].map((name) => `airflow-${name}`);
		expect(Object.keys(services).sort()).toEqual([...components, 'postgres']);
		for (const name of components) {
			expect(services[name].environment).toMatchObject({
				SHOPLAKE_RUNTIME: 'ecs',
				SHOPLAKE_DATA_ARE_GENERATED: 'false',
			});
			expect(JSON.stringify(services[name])).not.toMatch(/docker\.sock|group_add/);
		}
	});

	it('does not start without secrets created on this machine', async () => {
		const none = join(folder, 'none.env');
		await writeFile(none, '');
		await expect(run('docker', ['compose', '--env-file', none, 'config', '--quiet'])).rejects.toThrow(
			/run docker\/make-env first/,
		);
	});

	it('starts healthy and lets in only a user with the password', async () => {
		await compose('up', '--detach', '--build', '--wait', '--wait-timeout', '600');
		const states = (await compose('ps', '--all', '--format', 'json'))
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as { Service: string; State: string; Health: string; ExitCode: number });
		expect(
			Object.fromEntries(
				states.map(({ Service, State, Health, ExitCode }) => [Service, Health || `${State} ${ExitCode}`]),
			),
		).toEqual({
			'airflow-api': 'healthy',
			'airflow-dag-processor': 'healthy',
			'airflow-init': 'exited 0',
			'airflow-scheduler': 'healthy',
			'airflow-triggerer': 'healthy',
			deploy: 'exited 0',
			ministack: 'healthy',
			postgres: 'healthy',
			relay: 'running 0',
			'task-image': 'exited 0',
		});
		expect((await api('GET', '/api/v2/dags', 'no token')).status).toBe(403);
		expect((await login('wrong')).status).toBe(401);
		const { dags } = await readJson<{ dags: { dag_id: string }[] }>(api('GET', '/api/v2/dags', await token()));
		expect(dags.map(({ dag_id }) => dag_id)).toContain('shoplake_daily');
	}, 1_500_000);

	it('runs a day through the pipeline, each step in a container', async () => {
		await airflow('dags', 'trigger', 'shoplake_daily', '--run-id', 'test', '--logical-date', `${date}T00:00:00+00:00`);
		await airflow('dags', 'unpause', 'shoplake_daily', '--yes');
		expect(await runOutcome('test')).toEqual({
			run: 'success',
			tasks: {
				generate: 'success',
				ingest: 'success',
				clean: 'success',
				aggregate: 'success',
				crawl: 'success',
				load_kpis: 'success',
				report: 'success',
			},
		});
		await airflow('dags', 'pause', 'shoplake_daily', '--yes');
		expect(await dayStatus(date)).toMatchObject({
			date,
			bronze: 'current',
			silver: 'current',
			gold: 'current',
			kpis: 'current',
		});
		expect(
			await docker(
				'ps',
				'--all',
				'--quiet',
				'--filter',
				`network=${project}`,
				'--filter',
				'label=shoplake.dag_id',
				'--filter',
				'label=shoplake.run_id=test',
			),
		).toBe('');
	}, 900_000);

	it('delivers a live order to the lake through the emulator’s functions', async () => {
		const { SHOPLAKE_BUCKET: Bucket = '' } = await settingsOfStack();
		const Item = {
			orderid: { S: '7421' },
			product_name: { S: 'Laptop' },
			quantity: { N: '3' },
			price: { N: '429.99' },
		};
		await new DynamoDBClient(clientConfig()).send(new PutItemCommand({ TableName: 'OrderTable', Item }));
		const s3 = new S3Client({ ...clientConfig(), forcePathStyle: true });
		const list = new ListObjectsV2Command({ Bucket, Prefix: 'bronze/live_orders/' });
		const delivered = await until(
			async () => (await s3.send(list)).Contents?.[0]?.Key,
			(key) => key !== undefined,
		);
		const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: delivered }));
		expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({ orderid: '7421', quantity: 3 });
	});

	it('is healthy according to doctor, run in its network', async () => {
		const settings = await settingsOfStack();
		const flags = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
		const { code, result } = await startProgram(
			'docker',
			['run', '--rm', '--network', project, ...flags, process.env.SHOPLAKE_IMAGE ?? 'shoplake:latest', 'doctor'],
			process.env,
		).ended;
		expect({ code, result }).toMatchObject({ code: 0, result: { status: 'healthy' } });
	});

	it('keeps the lake and the items in DynamoDB when the emulator restarts', async () => {
		await compose('restart', 'ministack');
		await compose('up', '--detach', '--wait', '--no-deps', 'ministack');
		expect(await dayStatus(date)).toMatchObject({ silver: 'current', kpis: 'current' });
		const { Item } = await new DynamoDBClient(clientConfig()).send(
			new GetItemCommand({ TableName: 'OrderKPIs', Key: { order_date: { S: date } } }),
		);
		expect(Number(Item?.total_orders?.N)).toBeGreaterThan(100);
	});
});

/** Runs Airflow's own command line in the scheduler's container. */
const airflow = (...args: readonly string[]) => compose('exec', '--no-TTY', 'airflow-scheduler', 'airflow', ...args);

function api(method: string, path: string, bearer: string, body?: unknown): Promise<Response> {
	return fetch(`http://127.0.0.1:${ports.airflow}${path}`, {
		method,
		headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
}

/** The JSON of a response. */
const readJson = async <T>(answer: Promise<Response>): Promise<T> => (await answer).json() as Promise<T>;

const login = (password: string) => api('POST', '/auth/token', '', { username: 'admin', password });

async function token(): Promise<string> {
	const [, password = ''] = /^AIRFLOW_PASSWORD=(.*)$/m.exec(await readFile(envFile, 'utf8')) ?? [];
	return (await readJson<{ access_token: string }>(login(password))).access_token;
}

/** The final states of a run of the daily DAG and its tasks. */
async function runOutcome(runId: string): Promise<{ run: string; tasks: Record<string, string> }> {
	const path = `/api/v2/dags/shoplake_daily/dagRuns/${runId}`;
	const bearer = await token();
	for (const deadline = Date.now() + 800_000; Date.now() < deadline; await sleep(2_000)) {
		const { state } = await readJson<{ state: string }>(api('GET', path, bearer));
		if (state !== 'success' && state !== 'failed') continue;
		const { task_instances } = await readJson<{ task_instances: { task_id: string; state: string }[] }>(
			api('GET', `${path}/taskInstances`, bearer),
		);
		const tasks = task_instances.map(({ task_id, state }) => [task_id, state]);
		return { run: state, tasks: Object.fromEntries(tasks) };
	}
	throw new Error(`Run ${runId} has not ended after 800 s`);
}

/** The settings that the deployment wrote for Airflow. */
async function settingsOfStack(): Promise<Record<string, string>> {
	const text = await compose('exec', '--no-TTY', 'airflow-scheduler', 'cat', '/settings/.shoplake/local.env');
	return Object.fromEntries(
		text
			.trim()
			.split('\n')
			.map((line) => line.split(/=(.*)/).slice(0, 2)),
	);
}

/** The emulator's published port. */
const publishedEndpoint = () => `http://127.0.0.1:${ports.ministack}`;
/** How the SDK reaches it from this machine. */
const clientConfig = () => ({
	endpoint: publishedEndpoint(),
	region: 'us-east-1',
	credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** The row of a date in `shoplake status`, run on this machine. */
async function dayStatus(day: string): Promise<unknown> {
	const env = { ...process.env, ...(await settingsOfStack()), AWS_ENDPOINT_URL: publishedEndpoint() };
	const { code, result, stderr }: Ended = await runCli(env, 'status', '--from', day, '--to', day);
	if (code !== 0) throw new Error(stderr);
	return (result.rows as unknown[])[0];
}
