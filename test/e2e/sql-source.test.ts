import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Store } from '../../tasks/lake/s3-store';
import { createAws } from '../../tasks/platform/aws/clients';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, runResult, startAws } from '../support/cli';
import type { Server } from '../support/server';

let aws: Server;
let lake: AwsLake;
let folder: string;

const source = {
	'source.json': JSON.stringify({
		title: 'My shop',
		files: { source: { match: ['export*.csv'], columns: ['Name', 'Total'] } },
		parameters: { days: { default: '0', description: 'Days to add to each date.' } },
	}),
	'orders.sql': `-- A row is an order.
-- Inputs: source. Parameters:
-- :days int   days to add
select _file, _line, "Name" as order_id, 'guest' as user_id, cast("Date" as date) + :days as order_date, "Total" as total_amount,
	'completed' as status
from source where "Total" is not null`,
	'order_items.sql':
		'select _file, _line, "Name" as order_id, "Sku" as product_id, "Qty" as quantity, "Price" as unit_price from source where "Sku" is not null',
	'products.sql':
		'select min(_file) as _file, min(_line) as _line, "Sku" as product_id, "Sku" as name, \'all\' as category, max("Price") as price from source where "Sku" is not null group by "Sku"',
};
const csv =
	'Name,Date,Total,Sku,Qty,Price\n#1,2026-11-20,7.00,S1,1,4.00\n#1,,,S2,1,3.00\n#2,2026-11-20,4.00,S1,x,4.00\n,,,,,\n';

beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
	await mkdir(join(folder, 'my-shop'));
	for (const [name, text] of Object.entries(source)) await writeFile(join(folder, 'my-shop', name), text);
	await writeFile(join(folder, 'export.csv'), csv);
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** The rows of a statement, by `shoplake query`. */
async function queryRows(sql: string): Promise<unknown> {
	const file = join(folder, 'statement.sql');
	await writeFile(file, sql);
	const { code, stdout, stderr } = await runCli(lake.env, 'query', file, '--format', 'json');
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout);
}

it('an export runs through the whole pipeline with a folder of SQL: KPIs, quarantine and unused rows are there', async () => {
	const flags = ['--batch', '2026-11-20', '--source', join(folder, 'export.csv'), '--max-rejected', '50%'];
	const result = await runResult(lake.env, 'run', ...flags, '--map', join(folder, 'my-shop'));
	expect(result).toMatchObject({
		status: 'published',
		source: { name: 'my-shop', rows: 4, used: 3, unused: 1 },
		received: 7,
		rejected: 1,
	});
	expect(await queryRows('select category, product_id, amount from gold_daily_sales order by product_id')).toEqual([
		{ category: 'all', product_id: 'S1', amount: 4 },
		{ category: 'all', product_id: 'S2', amount: 3 },
	]);
	expect(await queryRows('select file, line, rule from lake_quarantine')).toEqual([
		{ file: 'export.csv', line: 4, rule: 'type' },
	]);
	expect(await queryRows('from lake_unused')).toEqual([
		{ batch: '2026-11-20', source: 'my-shop', file: 'export.csv', line: 5, record: '{}', fault: null },
	]);
	expect(await runResult(lake.env, 'verify')).toMatchObject({ status: 'sound' });
});

it('the environment and S3 may name the source: the same statements change nothing, another parameter does', async () => {
	const store = new S3Store(await createAws().s3(), lake.bucket);
	for (const [name, text] of Object.entries(source)) await store.putText(`landing/_sources/my-shop/${name}`, text);
	const env = {
		...lake.env,
		SHOPLAKE_MAP: `s3://${lake.bucket}/landing/_sources/my-shop/`,
		SHOPLAKE_MAX_REJECTED: '50%',
	};
	const ingest = ['ingest', '--batch', '2026-11-20', '--source', join(folder, 'export.csv')];
	expect(await runResult(env, ...ingest)).toMatchObject({ status: 'unchanged' });
	expect(await runResult({ ...env, SHOPLAKE_PARAM: 'days=1' }, ...ingest)).toMatchObject({ status: 'published' });
	expect(await queryRows('select distinct order_date from bronze_orders')).toEqual([
		{ order_date: '2026-11-21 00:00:00' },
	]);
});

it.each([
	[['--from', 'a', '--map', 'b'], 64, 'Give either --from (a preset) or --map'],
	[['--from', 'no-such-shop'], 64, '--from no-such-shop: there is no such preset. There '],
	[['--param', 'a=b'], 64, '--param sets a parameter of a source'],
])('%j is refused', async (flags, code, message) => {
	const ended = await runCli(lake.env, 'ingest', '--batch', 'x', '--source', join(folder, 'export.csv'), ...flags);
	expect(ended.code).toBe(code);
	expect(String(ended.result.error)).toContain(message);
});

it('a mistake in a statement is told with its file, line and column, and nothing is published', async () => {
	const before = await lake.heads();
	const own = join(folder, 'wrong-shop');
	await mkdir(own);
	for (const [name, text] of Object.entries(source))
		await writeFile(join(own, name), text.replace('"Total" as', '"Totl" as'));
	const ended = await runCli(lake.env, 'ingest', '--batch', 'x', '--source', join(folder, 'export.csv'), '--map', own);
	expect(ended).toMatchObject({ code: 65 });
	expect(ended.result.error).toMatch(/^wrong-shop\/orders\.sql:4:\d+: Referenced column "Totl" not found/);
	expect(await lake.heads()).toBe(before);
});

it('presets are listed without a lake', async () => {
	const { SHOPLAKE_BUCKET: _, AWS_ENDPOINT_URL: __, ...env } = lake.env;
	const entries = await readdir(join('sql', 'sources'), { withFileTypes: true }).catch(() => []);
	const presets = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
	const result = await runResult({ ...env, SHOPLAKE_HOME: folder }, 'sources');
	expect((result.sources as { name: string }[]).map(({ name }) => name)).toEqual(presets.sort());
	for (const name of presets) {
		const { stdout } = await runCli({ ...env, SHOPLAKE_HOME: folder }, 'sources', 'show', name);
		expect(stdout).toContain(await readFile(join('sql', 'sources', name, 'source.json'), 'utf8'));
	}
});
