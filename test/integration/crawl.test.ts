import {
	BatchCreatePartitionCommand,
	CreateCrawlerCommand,
	DeletePartitionCommand,
	GetPartitionsCommand,
	GetTableCommand,
	GlueClient,
	UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { TaskContext } from '../../tasks/context';
import { crawl, listGlueLocations, runAwsCrawler } from '../../tasks/pipeline/catalog';
import { definitions } from '../../tasks/pipeline/catalog/definition';
import type { Outcome } from '../../tasks/platform/result';
import { createAwsLake, lakeContext } from '../support/aws-lake';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { publish } from '../support/publish';
import type { Server } from '../support/server';

let aws: Server;
let glue: GlueClient;
/** Every test has a lake and a database of its own. */
let lakes = 0;
let bucket: string;
let DatabaseName: string;
let context: TaskContext;
let dispose: () => Promise<void>;

const sales = (amount: number, ...dates: string[]) =>
	`select 'Toys' as category, 'p1' as product_id, 'Top' as product_name, 1 as orders, 2 as units, ${amount} as amount, unnest(['${dates.join("', '")}']) as order_date`;
const customers = (revenue: number) =>
	`select 'u1' as user_id, '2026-11-20' as first_order_date, '2026-11-20' as last_order_date, 1 as orders, ${revenue} as revenue, ${revenue} as avg_order_value, 1 as revenue_rank, true as is_top_decile`;

/** Publishes sales of two dates and the customers; what a crawl then does. */
async function crawlSales(): Promise<Outcome> {
	await publish(context, {
		gold_daily_sales: { rows: sales(10.5, '2026-11-20', '2026-11-21') },
		gold_customer_value: { rows: customers(10.5) },
	});
	return crawl(context);
}

async function tableInGlue(Name: string) {
	return (await glue.send(new GetTableCommand({ DatabaseName, Name }))).Table;
}
async function partitionsInGlue(TableName: string): Promise<Record<string, string | undefined>> {
	const { Partitions = [] } = await glue.send(new GetPartitionsCommand({ DatabaseName, TableName }));
	return Object.fromEntries(
		Partitions.map(({ Values, StorageDescriptor }) => [Values?.join('/') ?? '', StorageDescriptor?.Location]).sort(),
	);
}
/** Where the lake has a table's partitions. */
async function partitionsInLake(table: string): Promise<Record<string, string | undefined>> {
	const { partitions } = await (await (await context.lake()).newest()).table(table);
	return Object.fromEntries(
		Object.entries(partitions).map(([value, { files }]) => [
			value,
			`s3://${bucket}/${files[0]?.key.slice(0, files[0].key.lastIndexOf('/') + 1)}`,
		]),
	);
}

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	glue = new GlueClient();
}, 600_000);
afterAll(() => aws.stop());
beforeEach(async () => {
	const { env, ...lake } = await createAwsLake(`crawl${++lakes}`);
	({ bucket } = lake);
	DatabaseName = String(env.SHOPLAKE_DATABASE);
	({ context, dispose } = lakeContext('crawl', env));
});
afterEach(() => dispose());

it('makes the database and every table, before anything is in the lake', async () => {
	expect(await crawl(context, { dryRun: true })).toMatchObject({ status: 'planned', head: 0, partitions: [] });
	const outcome = await crawl(context);
	expect(outcome).toMatchObject({ status: 'published', head: 0, partitions: [], drift: [] });
	expect(outcome.tables).toEqual(definitions.map(({ name }) => name).sort());
	const table = await tableInGlue('gold_daily_sales');
	expect(table?.Description).toBe('What each product sold on a date: one row per product.');
	expect(table?.PartitionKeys).toEqual([{ Name: 'order_date', Type: 'date', Comment: 'The UTC date of the orders.' }]);
	expect(table?.StorageDescriptor?.Columns?.at(-1)).toEqual({
		Name: 'amount',
		Type: 'decimal(18,2)',
		Comment: 'Σ quantity × unit price.',
	});
	expect(table?.StorageDescriptor?.SerdeInfo?.SerializationLibrary).toBe(
		'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
	);
});

it('adds partitions at their current version, and writes the head’s number', async () => {
	await crawl(context);
	expect(await crawlSales()).toMatchObject({
		status: 'published',
		head: 1,
		tables: ['gold_customer_value', 'gold_daily_sales'],
		partitions: ['gold_daily_sales/2026-11-20', 'gold_daily_sales/2026-11-21'],
		drift: [],
	});
	expect(await partitionsInGlue('gold_daily_sales')).toEqual(await partitionsInLake('gold_daily_sales'));
	expect((await tableInGlue('gold_daily_sales'))?.Parameters).toMatchObject({ 'shoplake.head': '1' });
	expect((await tableInGlue('gold_customer_value'))?.StorageDescriptor?.Location).toBe(
		(await partitionsInLake('gold_customer_value')).all,
	);
});

it('changes nothing the second time', async () => {
	await crawlSales();
	const before = (await tableInGlue('gold_daily_sales'))?.VersionId;
	expect(await crawl(context)).toMatchObject({ status: 'unchanged', tables: [], partitions: [], removed: [] });
	expect((await tableInGlue('gold_daily_sales'))?.VersionId).toBe(before);
});

it('moves restated partitions and removes vanished ones, a hundred and more at a time', async () => {
	await crawlSales();
	const days = Array.from({ length: 115 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10));
	await publish(context, { gold_daily_sales: { rows: sales(1, ...days) } });
	expect((await crawl(context)).partitions).toHaveLength(115);
	await publish(context, {
		gold_daily_sales: {
			rows: sales(2, ...days.slice(0, 105)),
			drop: days.slice(110),
		},
	});
	const outcome = await crawl(context);
	expect(outcome.partitions).toEqual(days.slice(0, 105).map((date) => `gold_daily_sales/${date}`));
	expect(outcome.removed).toEqual(days.slice(110).map((date) => `gold_daily_sales/${date}`));
	expect(outcome.drift).toEqual([]);
	const inGlue = await partitionsInGlue('gold_daily_sales');
	expect(Object.keys(inGlue)).toHaveLength(112);
	expect(inGlue).toEqual(await partitionsInLake('gold_daily_sales'));
});

it('reports what was changed by hand, and repairs it', async () => {
	await crawlSales();
	const TableName = 'gold_daily_sales';
	const table = await tableInGlue(TableName);
	const columns = table?.StorageDescriptor?.Columns ?? [];
	await glue.send(
		new UpdateTableCommand({
			DatabaseName,
			TableInput: {
				Name: TableName,
				Description: table?.Description,
				PartitionKeys: table?.PartitionKeys,
				Parameters: { ...table?.Parameters, owner: 'marketing' },
				StorageDescriptor: {
					...table?.StorageDescriptor,
					Columns: [...columns.slice(1), { Name: 'margin', Type: 'double' }],
				},
			},
		}),
	);
	await glue.send(new DeletePartitionCommand({ DatabaseName, TableName, PartitionValues: ['2026-11-20'] }));
	await glue.send(
		new BatchCreatePartitionCommand({
			DatabaseName,
			TableName,
			PartitionInputList: [{ Values: ['1999-01-01'], StorageDescriptor: { Location: 's3://elsewhere/' } }],
		}),
	);
	const expected = (await partitionsInLake(TableName))['2026-11-20'];
	const drift = [
		{ table: TableName, kind: 'column', name: 'category', found: null, expected: 'string' },
		{ table: TableName, kind: 'column', name: 'margin', found: 'double', expected: null },
		{ table: TableName, kind: 'partition', name: '2026-11-20', found: null, expected },
		{ table: TableName, kind: 'partition', name: '1999-01-01', found: 's3://elsewhere/', expected: null },
	];
	expect(await crawl(context, { dryRun: true })).toMatchObject({ status: 'planned', drift });
	expect((await tableInGlue(TableName))?.StorageDescriptor?.Columns?.at(-1)?.Name).toBe('margin');
	expect(await crawl(context)).toMatchObject({ status: 'published', tables: [TableName], drift });
	expect((await tableInGlue(TableName))?.StorageDescriptor?.Columns).toEqual(columns);
	expect((await tableInGlue(TableName))?.Parameters).toMatchObject({ owner: 'marketing' });
	expect(await partitionsInGlue(TableName)).toEqual(await partitionsInLake(TableName));
	expect(await crawl(context)).toMatchObject({ status: 'unchanged', drift: [] });
});

it('has the live orders projected by day, and the view over them', async () => {
	await crawl(context);
	const orders = await tableInGlue('live_orders');
	expect(orders).toMatchObject({
		TableType: 'EXTERNAL_TABLE',
		PartitionKeys: [{ Name: 'day', Type: 'string' }],
		StorageDescriptor: {
			Location: `s3://${bucket}/bronze/live_orders/`,
			SerdeInfo: {
				SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
				Parameters: { 'ignore.malformed.json': 'true' },
			},
		},
		Parameters: {
			'projection.enabled': 'true',
			'projection.day.format': 'yyyy/MM/dd',
			'storage.location.template': `s3://${bucket}/bronze/live_orders/\${day}/`,
		},
	});
	const view = await tableInGlue('gadget_sales');
	expect(view).toMatchObject({
		TableType: 'VIRTUAL_VIEW',
		Description: 'Presto View',
		ViewExpandedText: '/* Presto View */',
		Parameters: { presto_view: 'true', comment: 'Presto View' },
	});
	const [, text = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(view?.ViewOriginalText ?? '') ?? [];
	expect(JSON.parse(Buffer.from(text, 'base64').toString())).toMatchObject({
		originalSql: expect.stringContaining('from live_orders'),
		catalog: 'awsdatacatalog',
		schema: DatabaseName,
		columns: expect.arrayContaining([
			{ name: 'orderid', type: 'varchar' },
			{ name: 'quantity', type: 'integer' },
			{ name: 'date', type: 'date' },
		]),
	});
});

it.each([
	['a projection', 'live_orders', { Parameters: { 'projection.day.range': '2030/01/01,NOW' } }],
	[
		'a place',
		'live_orders',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own notation.
		{ Parameters: { 'storage.location.template': 's3://elsewhere/${day}/' } },
	],
	['a statement', 'gadget_sales', { ViewOriginalText: '/* Presto View: e30= */' }],
	['the form of a view', 'gadget_sales', { ViewOriginalText: 'select 1' }],
	['a projection where none belongs', 'gold_daily_sales', { Parameters: { 'projection.enabled': 'true' } }],
])('finds %s that was changed by hand, and repairs it', async (_, Name, change) => {
	await crawlSales();
	const good = await tableInGlue(Name);
	const { Description, PartitionKeys, StorageDescriptor, TableType, ViewOriginalText, ViewExpandedText } = good ?? {};
	await glue.send(
		new UpdateTableCommand({
			DatabaseName,
			TableInput: {
				...{ Name, Description, PartitionKeys, StorageDescriptor, TableType, ViewOriginalText, ViewExpandedText },
				...change,
				Parameters: { ...good?.Parameters, ...('Parameters' in change ? change.Parameters : {}) },
			},
		}),
	);
	const drift = [
		{ table: Name, kind: 'definition', name: Name, found: 'changed by hand', expected: 'as in the contract' },
	];
	expect(await crawl(context)).toMatchObject({ status: 'published', tables: [Name], drift });
	const after = await tableInGlue(Name);
	expect(after).toMatchObject({ Parameters: { ...good?.Parameters, 'shoplake.head': '1' }, StorageDescriptor });
	expect(after?.ViewOriginalText).toBe(ViewOriginalText);
	expect(await crawl(context)).toMatchObject({ status: 'unchanged', drift: [] });
});

it('leaves a table alone whose head is newer than the lake', async () => {
	await crawl(context);
	const table = await tableInGlue('gold_order_kpis');
	await glue.send(
		new UpdateTableCommand({
			DatabaseName,
			TableInput: {
				Name: 'gold_order_kpis',
				Description: table?.Description,
				PartitionKeys: table?.PartitionKeys,
				StorageDescriptor: table?.StorageDescriptor,
				Parameters: { ...table?.Parameters, 'shoplake.head': '999' },
			},
		}),
	);
	await publish(context, {
		gold_order_kpis: {
			rows: `select 1 as total_orders, 1 as total_revenue, 1 as total_items_sold, 0 as return_rate, 1 as unique_customers, '2026-11-20' as order_date`,
		},
	});
	expect(await crawl(context)).toMatchObject({ status: 'unchanged', left_alone: ['gold_order_kpis'] });
	expect(await partitionsInGlue('gold_order_kpis')).toEqual({});
});

it('refuses files that can’t be read as the contract says, and writes nothing', async () => {
	await crawl(context);
	const duckdb = await context.duckdb();
	const scratch = await context.scratch();
	await duckdb.execute(
		`copy (select 'u1' as user_id, 1 as orders, 'much' as revenue) to '${scratch}/f.parquet' (format parquet)`,
	);
	const lake = await context.lake();
	const key = 'gold/customer_daily/order_date=2026-11-20/v=x/part-0.parquet';
	const bytes = await lake.store.upload(`${scratch}/f.parquet`, key);
	const entry = { version: 'x', files: [{ key, rows: 1, bytes }], rows: 1, fingerprint: '' };
	const table = { format: 1 as const, table: 'gold_customer_daily', contract: 1, partitions: { '2026-11-20': entry } };
	await lake.transact(context.step('test').run, async () => ({ tables: { gold_customer_daily: table } }));
	await expect(crawl(context)).rejects.toMatchObject({
		message: `gold_customer_daily.revenue is string in ${key}, but decimal(18,2) in the contract: such files can't be read so. The catalogue is left as it was. Either revert the change of the contract, or rewrite the table ('shoplake rebuild' over all its dates, for Gold 'shoplake aggregate' after it) and crawl again.`,
		exitCode: 65,
	});
	expect(await partitionsInGlue('gold_customer_daily')).toEqual({});
	await lake.transact(context.step('test').run, async () => ({ tables: { gold_customer_daily: null } }));
	expect(await crawl(context)).toMatchObject({ status: 'unchanged' });
});

it('agrees with the newest head after crawls and commits side by side', async () => {
	await crawl(context);
	const commits = Array.from({ length: 6 }, (_, index) =>
		publish(context, { gold_daily_sales: { rows: sales(index + 1, '2026-12-24') } }),
	);
	const crawls = Array.from({ length: 3 }, () => crawl(context.step('crawl')));
	await Promise.all([...commits, ...crawls]);
	await crawl(context);
	expect(await partitionsInGlue('gold_daily_sales')).toEqual(await partitionsInLake('gold_daily_sales'));
	expect(await crawl(context)).toMatchObject({ status: 'unchanged', drift: [] });
});

it('keeps plain folders of the current versions for engines that don’t use registered partitions', async () => {
	await crawlSales();
	const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: 'current/gold_daily_sales/order_date=2026-11-20/' });
	const { Contents = [] } = await new S3Client({ forcePathStyle: true }).send(list);
	const version = (await partitionsInLake('gold_daily_sales'))['2026-11-20']?.split('/v=')[1]?.slice(0, -1);
	expect(Contents.map(({ Key }) => Key?.split('/').at(-1))).toEqual([`${version}-part-0.parquet`]);
});

it('lists every location that Glue names, for vacuum', async () => {
	await crawlSales();
	const locations = await listGlueLocations(context);
	const { '2026-11-20': location = '' } = await partitionsInLake('gold_daily_sales');
	expect(locations).toContain(location.slice(`s3://${bucket}/`.length));
	expect(locations).toContain('bronze/live_orders/');
	expect(locations).not.toContain('');
});

describe('the AWS Glue crawler', () => {
	it('is started and waited for', async () => {
		await crawl(context);
		await glue.send(
			new CreateCrawlerCommand({
				Name: 'landing',
				Role: 'arn:aws:iam::000000000000:role/crawler',
				DatabaseName,
				Targets: { S3Targets: [{ Path: `s3://${bucket}/landing/` }] },
			}),
		);
		expect(await runAwsCrawler(context, { name: 'landing' })).toMatchObject({
			status: 'published',
			crawler: 'landing',
			last_crawl: 'SUCCEEDED',
		});
	});

	it.each([
		['nobody', 'There is no Glue crawler nobody in this account and region.', 78],
		['', 'No crawler is named: pass --crawler NAME, or set SHOPLAKE_LANDING_CRAWLER to the stack’s crawler.', 64],
	])('has to exist: %j', async (name, message, exitCode) => {
		await expect(runAwsCrawler(context, { name })).rejects.toMatchObject({ message, exitCode });
	});
});
