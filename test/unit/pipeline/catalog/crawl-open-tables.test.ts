import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import type { TaskContext } from '../../../../tasks/context';
import { composeContracts, type DatedDataset, type Field } from '../../../../tasks/contracts';
import { type IcebergMetadata, keyOf, parseMetadata } from '../../../../tasks/lake/iceberg/metadata';
import { checkPublished } from '../../../../tasks/lake/iceberg/published';
import { crawl } from '../../../../tasks/pipeline/catalog';
import { noProject } from '../../../../tasks/project';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { publish } from '../../../support/publish';
import { StandInGlue } from '../../../support/stand-in-glue';

const table = 'gold_daily_sales';
const sales = (amount: number, ...dates: string[]) =>
	`select 'Toys' as category, 'p1' as product_id, 'Top' as product_name, 1 as orders, 2 as units, ${amount} as amount, unnest(['${dates.join("', '")}']) as order_date`;

let store: MemoryStore;
let glue: StandInGlue;
let disposals: (() => Promise<void>)[];

beforeEach(() => {
	store = new MemoryStore();
	glue = new StandInGlue();
	disposals = [];
});
afterEach(() => Promise.all(disposals.map((dispose) => dispose())));

/** A process of its own on the lake; without copies, as on AWS. */
function newProcess(project = noProject): TaskContext {
	const { context, dispose } = testContext({ store, task: 'crawl', project });
	disposals.push(dispose);
	const s3 = { send: ({ input }: { input: { Key: string; Range: string } }) => readTail(input) } as unknown as S3Client;
	const client = glue.client();
	return { ...context, aws: { ...context.aws, glue: async () => client, s3: async () => s3 } };
}

/** The last bytes of an object, as S3 answers. */
async function readTail({ Key, Range }: { Key: string; Range: string }) {
	const bytes = (await buffer(await store.read(Key))).subarray(Number(Range.replace('bytes=', '')));
	return { Body: Readable.from([bytes], { objectMode: false }), ContentLength: bytes.length };
}

const changeSales = (amount: number, ...dates: string[]) =>
	publish(newProcess(), { [table]: { rows: sales(amount, ...dates) } });

/** The metadata that the catalogue names. */
function published(name = table): IcebergMetadata {
	const location = glue.tables.get(name)?.Parameters?.metadata_location ?? '';
	const metadata = parseMetadata(store.contents()[keyOf(location)] ?? '');
	if (!metadata) throw new Error(`${name} is not published`);
	return metadata;
}

it('of eight crawls at once one publishes each table, and none loses what another one has published', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const before = published();
	await changeSales(2, '2026-11-20', '2026-11-21');
	const outcomes = await Promise.all(Array.from({ length: 8 }, () => crawl(newProcess())));
	expect(glue.refused).toBeGreaterThan(0);
	expect(outcomes.map(({ head }) => head)).toEqual(Array.from({ length: 8 }, () => 2));
	expect(glue.tables.get(table)?.VersionId).toBe('1');
	expect(published()).toMatchObject({ 'table-uuid': before['table-uuid'], 'current-snapshot-id': 2 });
	expect(Object.keys(published().refs)).toEqual(['main', 'head-1', 'head-2']);
	expect(published().snapshots[0]).toEqual(before.snapshots[0]);
	expect(await crawl(newProcess())).toMatchObject({ status: 'unchanged', drift: [] });
});

it('crawls and commits side by side end with every head published', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const commits = Array.from({ length: 5 }, (_, index) => changeSales(index + 2, '2026-11-20'));
	await Promise.all([...commits, crawl(newProcess()), crawl(newProcess())]);
	await crawl(newProcess());
	expect(Object.keys(published().refs)).toEqual(['main', ...Array.from({ length: 6 }, (_, i) => `head-${i + 1}`)]);
	expect(published().snapshots).toHaveLength(6);
});

it('a table is defined with its partition among its columns, and with the ids of its fields', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const { PartitionKeys, StorageDescriptor, Parameters } = glue.tables.get(table) ?? {};
	expect(PartitionKeys).toEqual([]);
	expect(StorageDescriptor?.Location).toBe('s3://lake/iceberg/gold_daily_sales/');
	expect(StorageDescriptor?.Columns?.map(({ Name, Parameters: of }) => [Name, of?.['iceberg.field.id']])).toEqual([
		['category', '1'],
		['product_id', '2'],
		['product_name', '3'],
		['orders', '4'],
		['units', '5'],
		['amount', '6'],
		['order_date', '7'],
	]);
	expect(Parameters).toMatchObject({ table_type: 'ICEBERG', 'shoplake.head': '1' });
});

it('without copies no partition of an Iceberg table is asked for or registered', async () => {
	for (const [index, date] of ['2026-11-20', '2026-11-21'].entries()) {
		await changeSales(index + 1, date);
		await crawl(newProcess());
	}
	const tables = glue.partitionRequests.map((request) => request.split(' ')[1] ?? '');
	expect(tables).toContain('bronze_orders');
	expect(tables.filter((name) => name.startsWith('gold_') || name.startsWith('silver_'))).toEqual([]);
});

it('tells the dates that it published and those that are gone, in a dry run too', async () => {
	await changeSales(1, '2026-11-20', '2026-11-21', '2026-11-22');
	const first = ['2026-11-20', '2026-11-21', '2026-11-22'].map((date) => `${table}/${date}`);
	expect(await crawl(newProcess(), { dryRun: true })).toMatchObject({ status: 'planned', partitions: first });
	expect(await crawl(newProcess())).toMatchObject({ partitions: first, removed: [] });
	await publish(newProcess(), { [table]: { rows: sales(2, '2026-11-21', '2026-11-23'), drop: ['2026-11-20'] } });
	const second = {
		partitions: [`${table}/2026-11-21`, `${table}/2026-11-23`],
		removed: [`${table}/2026-11-20`],
	};
	expect(await crawl(newProcess(), { dryRun: true })).toMatchObject({ status: 'planned', ...second });
	expect(await crawl(newProcess())).toMatchObject({ status: 'published', ...second });
	expect(await crawl(newProcess(), { dryRun: true })).toMatchObject({ partitions: [], removed: [] });
});

it('tables that a head did not change get its tag, and do not count as changed', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	await changeSales(2, '2026-11-20');
	expect(await crawl(newProcess())).toMatchObject({ status: 'published', tables: [table] });
	expect(published('gold_order_kpis').refs).toMatchObject({
		'head-1': { 'snapshot-id': 1 },
		'head-2': { 'snapshot-id': 1 },
	});
});

it('a crawl asks for each head, ledger and manifest of the lake once', async () => {
	const ledger = { format: 2, ingested: {}, admitted: {}, left_out: {} };
	const commit = (orders: number) =>
		publish(
			newProcess(),
			{
				gold_order_kpis: {
					rows: `select ${orders} as total_orders, 1 as total_revenue, 1 as total_items_sold, 0 as return_rate, 1 as unique_customers, date '2026-11-20' as order_date`,
				},
			},
			ledger,
		);
	await commit(1);
	await crawl(newProcess());
	await changeSales(1, '2026-11-20');
	await commit(2);
	await changeSales(2, '2026-11-20');
	const asked: string[] = [];
	store = store.door({ before: (operation, key) => void asked.push(`${operation} ${key}`) });
	expect(await crawl(newProcess())).toMatchObject({ status: 'published', head: 4 });
	const ofLake = asked.filter((one) => / _(heads|hints|manifests)\/.+/.test(one));
	expect(ofLake).toHaveLength(new Set(ofLake).size);
});

it('an unchanged lake is not published again', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const before = store.keys();
	expect(await crawl(newProcess())).toMatchObject({ status: 'unchanged' });
	expect(store.keys()).toEqual(before);
});

it('metadata of another program are drift, and those of the lake take their place again', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const own = glue.tables.get(table);
	const foreign = 's3://lake/iceberg/gold_daily_sales/metadata/00009-foreign.metadata.json';
	glue.tables.set(table, { ...own, Name: table, Parameters: { ...own?.Parameters, metadata_location: foreign } });
	const expected = own?.Parameters?.metadata_location;
	expect(await crawl(newProcess())).toMatchObject({
		status: 'published',
		drift: [{ table, kind: 'metadata', name: table, found: foreign, expected }],
	});
	expect(published()).toMatchObject({ 'current-snapshot-id': 1 });
	expect(await crawl(newProcess())).toMatchObject({ status: 'unchanged', drift: [] });
});

it('with --drift a published object that is gone is drift, and the table is published again', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const manifest = store.keys(`iceberg/${table}/`).find((key) => key.endsWith('-m0.avro')) ?? '';
	await store.delete([manifest]);
	expect(await crawl(newProcess())).toMatchObject({ status: 'unchanged', drift: [] });
	expect(await crawl(newProcess(), { drift: true })).toMatchObject({
		status: 'published',
		drift: [{ table, kind: 'metadata', name: manifest, found: expect.stringMatching(/^is missing/), expected: null }],
	});
	expect(await checkPublished(store)).toEqual([]);
	expect(await crawl(newProcess(), { drift: true })).toMatchObject({ status: 'unchanged', drift: [] });
});

it('a table is made anew where Glue refuses to change its partition keys', async () => {
	await changeSales(1, '2026-11-20');
	await crawl(newProcess());
	const { StorageDescriptor, ...own } = glue.tables.get(table) ?? {};
	const hive = { Columns: StorageDescriptor?.Columns?.slice(0, -1), Location: 's3://lake/current/gold_daily_sales/' };
	const PartitionKeys = StorageDescriptor?.Columns?.slice(-1);
	glue.tables.set(table, { ...own, Name: table, StorageDescriptor: hive, PartitionKeys, Parameters: { owner: 'ann' } });
	glue.keepsPartitionKeys = true;
	expect(await crawl(newProcess())).toMatchObject({ status: 'published' });
	expect(glue.tables.get(table)).toMatchObject({
		PartitionKeys: [],
		Parameters: { owner: 'ann', table_type: 'ICEBERG' },
	});
	expect(published()).toMatchObject({ 'current-snapshot-id': 1 });
});

it('columns and datasets of a project are in Glue; a column keeps its Iceberg field id, above those of the product', async () => {
	const field = (type: Field['type'], required = false): Field => ({ type, required, description: 'x' });
	const returns: DatedDataset = {
		...{ name: 'returns', version: 1, description: 'Goods that came back.', derived: [] },
		fields: { return_id: field('string', true), returned_at: field('timestamp', true) },
		...{ key: ['return_id', 'return_date'], eventTime: 'returned_at' },
		partition: { column: 'return_date', description: 'x' },
	};
	const project = (...names: string[]) => ({
		...noProject,
		contracts: composeContracts({
			columns: [
				{
					...{ file: 'contracts/orders.ts', dataset: 'orders' as const },
					fields: Object.fromEntries(names.map((name) => [name, field('string')])),
				},
			],
			datasets: [{ file: 'contracts/returns.ts', dataset: returns }],
		}),
	});
	const ids = (name: string) =>
		Object.fromEntries((published(name).schemas.at(-1)?.fields ?? []).map(({ id, name }) => [name, id]));
	await changeSales(1, '2026-11-20');
	await crawl(newProcess(project('channel')));
	const product = { order_id: 1, user_id: 2, total_amount: 3, status: 4, order_date: 5 };
	expect(ids('silver_orders')).toEqual({ ...product, channel: 10_001 });
	expect(ids('silver_returns')).toEqual({ return_id: 10_001, returned_at: 10_002, return_date: 10_003 });
	expect(glue.tables.get('bronze_returns')?.StorageDescriptor?.Columns?.map(({ Name }) => Name)).toEqual([
		'_file',
		'_line',
		'return_id',
		'returned_at',
		'_extra',
		'_raw',
	]);
	await crawl(newProcess(project('coupon', 'channel')));
	expect(ids('silver_orders')).toEqual({ ...product, channel: 10_001, coupon: 10_002 });
	// Taken out, and put back.
	await crawl(newProcess(project('coupon')));
	expect(ids('silver_orders')).toEqual({ ...product, coupon: 10_002 });
	await crawl(newProcess(project('coupon', 'channel')));
	expect(published('silver_orders')['current-schema-id']).toBe(1);
});
