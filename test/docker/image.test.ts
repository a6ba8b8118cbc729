import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { type Ended, runCli, startAws } from '../support/cli';
import { startContainer } from '../support/docker/container';
import { docker, taskImage } from '../support/docker/engine';
import { openGate } from '../support/request-gate';
import { freePort, type Server } from '../support/server';

/** Megabytes, as `docker images` counts them. */
const maxSize = 200;

const date = '2026-11-20';
const steps = [
	['ingest', '--batch', date],
	['clean', '--batch', date],
	['aggregate'],
	['crawl'],
	['load-kpis'],
] as const;

let image: string;
let aws: Server;
let lab: AwsLake;

/** Runs one task in a container on the test's lake until it ends. */
const run = (args: readonly string[], env: NodeJS.ProcessEnv = lab.env, flags?: readonly string[]): Promise<Ended> =>
	startContainer(image, env, args, flags).ended;

beforeAll(async () => {
	image = await taskImage();
	aws = await startAws();
	lab = await createAwsLake('image');
}, 900_000);
afterAll(() => aws.stop());

describe('a task in a container', () => {
	it('produces the same result lines, tables and items as a process', async () => {
		const twin = await createAwsLake('process');
		/** Leaves out what differs between runs (manifests contain times) or contains the lake's name. */
		const comparable = ({
			run_id: _,
			seconds: __,
			location: ___,
			bytes_in: ____,
			bytes_out: _____,
			...result
		}: Ended['result']) => result;
		for (const step of [['generate', '--date', date, '--records', '300', '--dirt', '0.05'], ...steps, ['status']]) {
			const inside = await run(step);
			const outside = await runCli(twin.env, ...step);
			expect({ step, code: inside.code, result: comparable(inside.result) }).toEqual({
				step,
				code: 0,
				result: comparable(outside.result),
			});
			const logged = inside.stderr.trim().split('\n').filter(Boolean);
			for (const line of logged) expect(JSON.parse(line)).toMatchObject({ task: step[0], level: expect.any(String) });
		}
		expect(await lab.tables()).toEqual(await twin.tables());
		expect(await lab.items()).toEqual(await twin.items());
		expect((await lab.items()).length).toBeGreaterThan(5);
	});

	it('exits with 64 if the command line is wrong', async () => {
		expect(await run(['clean', '--bogus'])).toMatchObject({ code: 64, stderr: expect.stringMatching(/^Unknown arg/) });
	});

	it('exits with 65 if data are refused', async () => {
		const Key = 'landing/orders/batch=empty/orders.ndjson';
		await new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket: lab.bucket, Key, Body: '' }));
		expect(await run(['ingest', '--batch', 'empty'])).toMatchObject({
			code: 65,
			result: { status: 'failed', error: expect.stringMatching(/orders\.ndjson is empty/) },
		});
	});

	it('exits with 66 if there is no input', async () => {
		expect(await run(['ingest', '--batch', '2026-01-01'])).toMatchObject({ code: 66, result: { status: 'failed' } });
	});

	it('exits with 75 if AWS does not answer', async () => {
		const AWS_ENDPOINT_URL = `http://127.0.0.1:${await freePort()}`;
		expect(await run(['status'], { ...lab.env, AWS_ENDPOINT_URL })).toMatchObject({
			code: 75,
			result: { error: expect.stringMatching(/does not answer/) },
		});
	});

	it('exits with 78 if no lake is configured', async () => {
		expect(await run(['status'], {})).toMatchObject({
			code: 78,
			result: { error: expect.stringMatching(/^SHOPLAKE_BUCKET is not set/) },
		});
	});

	it('runs in 512 MB of memory', async () => {
		const small = await createAwsLake('small');
		const { SHOPLAKE_MEMORY: _, ...env } = small.env;
		const limited = ['--memory', '512m', '--memory-swap', '512m'];
		await runCli(small.env, 'generate', '--date', date, '--records', '10000');
		for (const step of steps) expect(await run(step, env, limited)).toMatchObject({ code: 0 });
		expect((await small.items()).length).toBeGreaterThan(5);
	});
});

describe('docker stop', () => {
	it('ends a task with 143 within 10 s; it publishes nothing and does not block the next run', async () => {
		const stopped = await createAwsLake('stopped');
		await runCli(stopped.env, 'generate', '--date', date, '--records', '40000');
		const gate = await openGate(aws.endpoint);
		const container = startContainer(image, { ...stopped.env, AWS_ENDPOINT_URL: gate.endpoint }, steps[0]);
		const stop = new Promise<void>((resolve, reject) => {
			gate.at(5, 'before', () => container.stop().then(resolve, reject));
		});
		const { code, result } = await container.ended;
		// One that takes longer is killed by Docker: its code is 137, and it has no result.
		expect({ code, result }).toMatchObject({ code: 143, result: { task: 'ingest', status: 'terminated' } });
		await stop;
		await gate.close();
		expect(await stopped.heads()).toBe(0);
		expect(await run(steps[0], stopped.env)).toMatchObject({ code: 0, result: { status: 'published', head: 1 } });
	});

	it('ends a task that has not begun its work', async () => {
		const name = `shoplake-test-early-${process.pid}`;
		await docker('create', '--name', name, image, 'status');
		try {
			await docker('start', name);
			await docker('kill', '--signal', 'SIGTERM', name);
			expect(await docker('wait', name)).toMatch(/^(143|78)$/);
		} finally {
			await docker('rm', '--force', '--volumes', name);
		}
	});
});

describe('doctor', () => {
	/** The status of each check. */
	const statuses = ({ result }: Ended) =>
		Object.fromEntries(
			(result.checks as { check: string; status: string }[]).map(({ check, status }) => [check, status]),
		);

	it('passes every check in a complete deployment', async () => {
		const SHOPLAKE_PRODUCTS_TABLE = 'doctor-Products';
		await new DynamoDBClient().send(
			new CreateTableCommand({
				TableName: SHOPLAKE_PRODUCTS_TABLE,
				BillingMode: 'PAY_PER_REQUEST',
				AttributeDefinitions: [{ AttributeName: 'product_id', AttributeType: 'S' }],
				KeySchema: [{ AttributeName: 'product_id', KeyType: 'HASH' }],
			}),
		);
		// Creates the Glue database, which the stack creates in a deployment.
		await runCli(lab.env, 'crawl');
		const AWS_SECRET_ACCESS_KEY = 'a-secret-that-must-not-be-printed';
		const well = await run(['doctor'], { ...lab.env, SHOPLAKE_PRODUCTS_TABLE, AWS_SECRET_ACCESS_KEY });
		expect(statuses(well)).toEqual({
			program: 'ok',
			configuration: 'ok',
			memory: 'ok',
			scratch: 'ok',
			duckdb: 'ok',
			's3 list': 'ok',
			lake: 'ok',
			's3 write': 'ok',
			's3 conditional write': 'ok',
			'glue database': 'ok',
			'glue crawler': 'skipped',
			'dynamodb image-CategoryKPIs': 'ok',
			'dynamodb image-OrderKPIs': 'ok',
			'dynamodb doctor-Products': 'ok',
			'athena workgroup': 'ok',
		});
		expect(well).toMatchObject({ code: 0, result: { status: 'healthy' } });
		expect(well.stdout).toMatch(/^check +status +seconds +detail\n/);
		expect(well.stdout + well.stderr).not.toContain(AWS_SECRET_ACCESS_KEY);
	});

	it('says how to fix a scratch folder that can’t be written to', async () => {
		const readOnly = ['--tmpfs', '/scratch:ro'];
		expect(await run(['doctor'], lab.env, readOnly)).toMatchObject({
			code: 78,
			result: {
				error: expect.stringMatching(
					/^scratch failed .*Nothing can be written to \/scratch .*Mount a volume or tmpfs there that user 10001 may/,
				),
			},
		});
	});

	it('fails if more memory is configured than the container has', async () => {
		const limited = ['--tmpfs', '/scratch', '--memory', '512m'];
		const unwell = await run(['doctor'], { ...lab.env, SHOPLAKE_MEMORY: '2GiB' }, limited);
		expect(statuses(unwell).memory).toBe('failed');
		expect(unwell.code).toBe(78);
	});
});

describe('the image', () => {
	it('contains only Node, DuckDB, the program and what starts it', async () => {
		const files = await listFiles(image);
		const programs = files.filter(({ mode, type }) => type === '-' && mode.includes('x')).map(({ path }) => path);
		expect(programs.filter((path) => !/\.so[.\d]*$|\.node$/.test(path)).sort()).toEqual([
			'app/dist/cli.js',
			'usr/local/bin/env',
			'usr/local/bin/node',
			'usr/local/bin/tini',
		]);
		const packages = files.flatMap(({ path }) => /^app\/node_modules\/((?:@[^/]+\/)?[^/]+)\/$/.exec(path)?.[1] ?? []);
		expect(packages.filter((name) => name !== '@duckdb').sort()).toEqual([
			'@duckdb/node-bindings',
			expect.stringMatching(/^@duckdb\/node-bindings-linux-(x64|arm64)$/),
			'detect-libc',
			'jiti',
		]);
		expect(files.filter(({ mode }) => /s/.test(mode))).toEqual([]);
		expect(files.filter(({ path }) => /(^|\/)(\.env|\.npmrc|\.git|\.aws|.*\.pem)(\/|$)/.test(path))).toEqual([]);
	});

	it(`is no larger than ${maxSize} MB`, async () => {
		const [{ Size }] = JSON.parse(await docker('image', 'inspect', image));
		expect(Size / 1e6).toBeLessThan(maxSize);
	});

	it('is labelled, runs as an unprivileged user and contains no secret', async () => {
		const [{ Config }] = JSON.parse(await docker('image', 'inspect', image));
		const { version } = JSON.parse(await readFile('package.json', 'utf8'));
		expect(Config).toMatchObject({
			User: '10001:10001',
			Entrypoint: ['tini', '-s', '--', 'env', '-u', 'NODE_OPTIONS', 'shoplake'],
			Cmd: ['--help'],
			Volumes: { '/scratch': {} },
			Labels: {
				'org.opencontainers.image.title': 'shoplake',
				'org.opencontainers.image.version': version,
				'org.opencontainers.image.revision': expect.stringMatching(/^[\da-f]{40}(-modified)?$/),
				'org.opencontainers.image.licenses': 'MIT',
			},
		});
		expect(Config.Env).toEqual([
			'PATH=/usr/local/bin',
			'HOME=/home/shoplake',
			'NODE_ENV=production',
			'SHOPLAKE_SCRATCH=/scratch',
			'TMPDIR=/scratch',
		]);
		expect(await docker('history', '--no-trunc', image)).not.toMatch(/secret|token|password|https?:\/\//i);
		expect(await docker('run', '--rm', image, '--version')).toBe(version);
	});

	it('runs no code that the environment brings', async () => {
		const code = 'NODE_OPTIONS=--import data:text/javascript,console.log("foreign")';
		expect(await docker('run', '--rm', '--env', code, image, 'sources', 'list')).not.toContain('foreign');
	});

	it('is writable only in /scratch', async () => {
		const places = ['/', '/app', '/app/dist', '/etc', '/home/shoplake', '/tmp', '/usr/local/bin', '/scratch'];
		const probe = `for (const place of ${JSON.stringify(places)}) { try { fs.writeFileSync(place + '/probe', ''); console.log(place) } catch {} }`;
		expect(await docker('run', '--rm', '--entrypoint', 'node', image, '-e', probe)).toBe('/scratch');
		expect(await docker('run', '--rm', '--read-only', '--entrypoint', 'node', image, '-e', probe)).toBe('/scratch');
	});
});

/** The files of an image, as `tar` lists them. */
async function listFiles(tag: string): Promise<{ type: string; mode: string; path: string }[]> {
	const id = await docker('create', tag);
	try {
		const list = `docker export ${id} | tar --list --verbose`;
		const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', list]);
		const lines = stdout.trimEnd().split('\n');
		const files = lines.map((line) => {
			const [, type = '', mode = '', path = ''] = /^(.)(\S+) +\S+ +\d+ \S+ \S+ (.*)$/.exec(line) ?? [];
			return { type, mode, path: path.replace(/ (->|link to) .*$/, '') };
		});
		// Files that the engine adds to every container.
		return files.filter(
			({ path }) => !/^(\.dockerenv$|(dev|proc|sys)\/|etc\/(hosts|hostname|resolv\.conf)$)/.test(path),
		);
	} finally {
		await docker('rm', '--volumes', id);
	}
}
