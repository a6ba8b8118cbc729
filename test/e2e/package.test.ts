import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { pythonEnvironment } from '../../tasks/local/python-environment';
import { freePort } from '../support/server';

const run = promisify(execFile);
const clone = process.cwd();
const installMs = 600_000;

let folder: string;
let project: string;
let port: number;

/** An environment as in a new terminal: npm's and Jest's own variables would reach the project's commands. */
const env = (): NodeJS.ProcessEnv =>
	Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^(npm_(?!config_)|JEST_|NODE_ENV$|NODE_OPTIONS$|NODE_TEST|SHOPLAKE_(?!TEST)|AWS_)/.test(name),
		),
	);

async function exec(cwd: string, program: string, ...args: string[]): Promise<string> {
	const { stdout } = await run(program, args, { cwd, env: env(), maxBuffer: 64 * 1024 ** 2 }).catch((error) => {
		throw new Error(`${program} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
	});
	return stdout;
}
/** The installed command; npx, which the tests of `init` use, takes a second to find it. */
const shoplake = (...args: string[]) => exec(project, join('..', 'node_modules', '.bin', 'shoplake'), ...args);
const result = async (...args: string[]) => JSON.parse((await shoplake(...args)).trim().split('\n').at(-1) ?? '');
const write = async (files: Readonly<Record<string, string>>) => {
	for (const [path, text] of Object.entries(files)) await writeFile(join(project, path), text);
};
async function query(sql: string): Promise<Record<string, unknown>[]> {
	await write({ 'query.sql': sql });
	return JSON.parse(await shoplake('query', 'query.sql', '--format', 'json'));
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-package-'));
	// Packing builds; the clone's own build may be in use.
	const sources = join(folder, 'sources');
	await mkdir(sources);
	for (const name of await readdir(clone)) {
		if (/^(node_modules|dist|test|bench|docs|cdk\.out|\..*)$/.test(name)) continue;
		await cp(join(clone, name), join(sources, name), { recursive: true });
	}
	await symlink(join(clone, 'node_modules'), join(sources, 'node_modules'));
	await exec(sources, 'npm', 'pack', '--silent', '--pack-destination', folder);
	const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
	const installed = join(folder, 'installed');
	await mkdir(installed);
	await exec(installed, 'npm', 'init', '--yes');
	await exec(installed, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball));
	project = join(installed, 'my-shop');
	port = await freePort();
}, installMs);

afterAll(async () => {
	await shoplake('local', 'down').catch(() => undefined);
	await rm(folder, { recursive: true, force: true });
});

it('the installed package writes a project whose test passes and whose files are typed', async () => {
	const installed = dirname(project);
	await exec(installed, 'npx', '--no-install', 'shoplake', 'init', 'my-shop');
	expect((await readdir(project)).sort()).toEqual([
		...['.dockerignore', '.gitignore', 'Dockerfile', 'README.md', 'contracts', 'dags', 'package.json'],
		...['shoplake.config.ts', 'sources', 'sql', 'test', 'tsconfig.json'],
	]);
	expect(await readdir(join(project, 'dags'))).toEqual(['my_shop_daily.py']);
	expect(JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))).toMatchObject({
		name: 'my-shop',
		dependencies: { shoplake: expect.stringMatching(/^file:\.\.\/.*\.tgz$/) },
	});
	expect(await exec(project, 'npm', 'test')).toMatch(/# pass 1\n# fail 0/);
	await exec(project, process.execPath, join(clone, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', '.');
});

it('a second init refuses the folder, because it has files (exit code 64)', async () => {
	await expect(
		run('npx', ['--no-install', 'shoplake', 'init', 'my-shop'], { cwd: dirname(project), env: env() }),
	).rejects.toMatchObject({
		code: 64,
		stderr: expect.stringContaining('my-shop is not empty: name a folder that does not exist yet.'),
	});
});

it('npm start loads a week, with the project’s KPI; two files add another one, into DynamoDB too', async () => {
	await useMiniStack();
	await exec(project, 'npm', 'start', '--', '--records', '40', '--port', String(port));
	const counts = `select cast(sum(orders) as int) as orders from gold_order_status where status <> 'cancelled'
		union all select cast(sum(total_orders) as int) from gold_order_kpis`;
	const [own, product] = await query(counts);
	expect(own).toEqual(product);
	expect(Number(own?.orders)).toBeGreaterThan(200);

	await write({
		'contracts/customers.ts': `import { defineGoldTable } from 'shoplake';
export default defineGoldTable({
	description: 'The customers of a date: one row.',
	partition: 'order_date',
	columns: { customers: { type: 'bigint', description: 'Customers with an order.' } },
	key: [],
	serving: { table: 'Customers', key: ['order_date'] },
});`,
		'sql/gold/customers.sql':
			'-- Inputs: orders.\nselect order_date, count(distinct user_id) as customers from orders group by order_date\n',
		'contracts/orders.ts': `import { defineColumns, optional, text } from 'shoplake';
export default defineColumns({ channel: optional(text('Where the order was placed.')) });
`,
	});
	expect(await result('plan')).toMatchObject({
		steps: expect.arrayContaining([{ task: 'aggregate', on: 'gold_customers 2026-11-14', reason: 'never computed' }]),
	});
	await shoplake('local', 'up');
	expect(await result('run', '--date', '2026-11-21', '--records', '40')).toMatchObject({ status: 'published' });
	const rows = await query(
		'select cast(order_date as varchar) as order_date, customers from gold_customers order by order_date',
	);
	expect(rows).toHaveLength(8);
	expect(await shoplake('query', 'query.sql', '--format', 'json', '--engine', 'athena')).toBe(
		await shoplake('query', 'query.sql', '--format', 'json'),
	);
	expect(await items('Customers')).toEqual(
		rows.map(({ order_date, customers }) => ({ order_date: { S: order_date }, customers: { N: String(customers) } })),
	);
	expect(
		await query(
			`select cast(count(channel) as int) as channels from silver_orders where order_date = date '2026-11-21'`,
		),
	).toEqual([{ channels: 0 }]);
	expect(await result('plan')).toMatchObject({ steps: [] });
	expect(await result('verify')).toMatchObject({ status: 'sound' });

	await write({
		'sql/gold/customers.sql':
			'-- Inputs: orders.\nselect order_date, count(distinct usr_id) as customers\nfrom orders\n',
	});
	await expect(shoplake('aggregate')).rejects.toThrow(
		'sql/gold/customers.sql, line 2, column 35: Referenced column \\"usr_id\\" not found',
	);
}, 600_000);

/** The MiniStack that the tests have, in the place where the project would install its own. */
async function useMiniStack(): Promise<void> {
	const given = process.env.SHOPLAKE_TEST_MINISTACK;
	const venv = given ? dirname(dirname(given)) : join(clone, '.shoplake', 'venv');
	if (!given) {
		const requirements = join(clone, 'docker', 'ministack-requirements.txt');
		await pythonEnvironment({ folder: venv, requirements, purpose: 'This test' });
	}
	await mkdir(join(project, '.shoplake'), { recursive: true });
	await symlink(venv, join(project, '.shoplake', 'venv'));
}

/** The items of a DynamoDB table, in order of date. */
async function items(TableName: string): Promise<unknown[]> {
	const client = new DynamoDBClient({
		endpoint: `http://127.0.0.1:${port}`,
		region: 'us-east-1',
		credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
	});
	const found = [];
	for await (const { Items = [] } of paginateScan({ client }, { TableName })) found.push(...Items);
	client.destroy();
	return found.sort((a, b) => (String(a.order_date?.S) < String(b.order_date?.S) ? -1 : 1));
}
