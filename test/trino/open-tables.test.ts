import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetTableCommand, GlueClient, UpdateTableCommand } from '@aws-sdk/client-glue';
import type { TaskContext } from '../../tasks/context';
import { tables } from '../../tasks/contracts';
import { generate } from '../../tasks/generate';
import { landingFolder, rollback } from '../../tasks/lake';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { crawl } from '../../tasks/pipeline/catalog';
import { aggregate } from '../../tasks/pipeline/gold';
import { clean, withdraw } from '../../tasks/pipeline/silver';
import { runQuery } from '../../tasks/query';
import { deployLake, lakeContext } from '../support/aws-lake';
import { type IcebergReader, type IcebergRequest, readIceberg, runReader } from '../support/iceberg-reader';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';
import { sparkReader } from '../support/spark/reader';
import { startTrino, type TrinoServer } from '../support/trino/server';

const bucket = 'open-lake';
const database = 'ecommerce_analytics_db';
/** An event in the last microsecond of its day. */
const lastEvent = { event_id: 'e-last', event_time: '2026-11-18T23:59:59.999999Z', event_type: 'product_view' };
/** It takes minutes and 0.6 GB of downloads. */
const withSpark = process.env.SHOPLAKE_TEST_SPARK === 'true';
let aws: Server;
let trino: TrinoServer;
let glue: GlueClient;
let environment: NodeJS.ProcessEnv;
let context: TaskContext;
let dispose: () => Promise<void>;
let folder: string;

type Rows = (string | null)[][];
const inAnyOrder = (rows: Rows) => rows.map((row) => JSON.stringify(row)).sort();

/** The rows that the lake has at a head, in the order of the columns in the contract. */
async function queried(sql: string, at?: number): Promise<Rows> {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	return (await runQuery(context, { file, param: [], engine: 'duckdb', at })).rows.map((row) => [...row]);
}
const onTrino = (sql: string) => trino.client.rows(sql);
const pyIceberg: IcebergReader = { name: 'pyiceberg', title: 'PyIceberg' };
const duckDbIceberg: IcebergReader = { name: 'duckdb-iceberg', title: "DuckDB's extension" };
const onPyIceberg = (...requests: readonly IcebergRequest[]) =>
	readIceberg(pyIceberg, aws.endpoint, database, requests);

async function newestHead(): Promise<number> {
	return (await (await context.lake()).newest()).head.number;
}

/** Every table's rows as `query` reads them from a head. */
async function expectedTables(head: number): Promise<Record<string, string[]>> {
	const expected: Record<string, string[]> = {};
	for (const { name } of tables) expected[name] = inAnyOrder(await queried(`select * from ${name}`, head));
	return expected;
}

/** Every table's rows on Trino; with `version`, at a snapshot or a tag. */
async function tablesOnTrino(version = ''): Promise<Record<string, string[]>> {
	const found: Record<string, string[]> = {};
	for (const { name } of tables) found[name] = inAnyOrder(await onTrino(`select * from ${name} ${version}`));
	return found;
}

/** Every table's rows as a reader has them; with `version`, at a snapshot or a tag. */
async function tablesOn(
	reader: IcebergReader,
	version: Pick<IcebergRequest, 'snapshot' | 'tag'> = {},
): Promise<Record<string, string[]>> {
	const requests = tables.map(({ name }) => ({ table: name, ...version }));
	const answers = await readIceberg(reader, aws.endpoint, database, requests);
	return Object.fromEntries(answers.map(({ rows }, index) => [tables[index]?.name ?? '', inAnyOrder(rows)]));
}
const tablesOnPyIceberg = (tag?: string) => tablesOn(pyIceberg, tag ? { tag } : {});

async function ingest(date: string, batch: string, seed?: string): Promise<void> {
	await generate(context.step('generate'), { date, records: 60, dirt: 0.05, ...(seed ? { seed } : {}) });
	await ingestBatch(context.step('ingest'), { batch, maxRejected: 1 });
}

/** Recomputes the lake after a change, and crawls; returns the number of the newest head. */
async function settle(...batches: string[]): Promise<number> {
	if (batches.length > 0) await clean(context.step('clean'), { batches });
	await aggregate(context.step('aggregate'), { kind: 'all' });
	await crawl(context.step('crawl'));
	return newestHead();
}

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	glue = new GlueClient();
	environment = await deployLake(bucket);
	({ context, dispose } = lakeContext('query', environment));
	folder = await mkdtemp(join(tmpdir(), 'shoplake-open-'));
	await ingest('2026-11-18', '2026-11-18');
	await settle('2026-11-18');
	trino = await startTrino(aws.endpoint);
}, 900_000);
afterAll(async () => {
	await trino?.stop();
	await dispose();
	await aws.stop();
	await rm(folder, { recursive: true });
});

it('every table has the same rows on Trino, in PyIceberg and in DuckDB as in the lake after a first day', async () => {
	const expected = await expectedTables(await newestHead());
	expect(expected.silver_orders?.length).toBeGreaterThan(40);
	expect(await tablesOnTrino()).toEqual(expected);
	expect(await tablesOnPyIceberg()).toEqual(expected);
	expect(await tablesOn(duckDbIceberg)).toEqual(expected);
});

describe('after a restated day, a new one, a withdrawal and a rollback', () => {
	/** The newest head after each of them, by what was done. */
	const heads: Record<string, number> = {};
	/** All rows of each of these heads. */
	const states = new Map<number, Record<string, string[]>>();

	beforeAll(async () => {
		const note = async (name: string, head: number) => {
			heads[name] = head;
			states.set(head, await expectedTables(head));
		};
		await note('first', await newestHead());
		await ingest('2026-11-18', '2026-11-18', '2');
		await ingest('2026-11-19', '2026-11-19');
		const store = (await context.lake()).store;
		const landed = landingFolder('events', 'late');
		await store.putText(`${landed}events.ndjson`, JSON.stringify({ ...lastEvent, user_id: 'u1', product_id: 'p1' }));
		await ingestBatch(context.step('ingest'), { batch: 'late', maxRejected: 0, dataset: 'events' });
		await note('restated', await settle('2026-11-18', '2026-11-19', 'late'));
		await withdraw(context.step('withdraw'), { batch: '2026-11-19' });
		await note('withdrawn', await settle());
		await rollback(await context.lake(), context.step('rollback').run, heads.restated ?? 0, []);
		await crawl(context.step('crawl'));
		await note('restored', await newestHead());
	});

	it('every table has the same rows on all readers as in the lake', async () => {
		const expected = states.get(heads.restored ?? 0);
		expect(expected).toEqual(states.get(heads.restated ?? 0));
		expect(await tablesOnTrino()).toEqual(expected);
		expect(await tablesOnPyIceberg()).toEqual(expected);
		expect(await tablesOn(duckDbIceberg)).toEqual(expected);
	});

	it.each(['first', 'restated', 'withdrawn'])('one tag gives the whole lake of the %s head', async (name) => {
		const head = heads[name] ?? 0;
		expect(await tablesOnTrino(`for version as of 'head-${head}'`)).toEqual(states.get(head));
		expect(await tablesOnPyIceberg(`head-${head}`)).toEqual(states.get(head));
	});

	it('every head between two crawls has a tag, and every snapshot the number of the head that brought it', async () => {
		const sql = 'select * from silver_orders';
		const between = Array.from(
			{ length: (heads.restored ?? 0) - (heads.first ?? 0) },
			(_, i) => (heads.first ?? 0) + i,
		);
		for (const head of between) {
			const rows = inAnyOrder(await onTrino(`${sql} for version as of 'head-${head}'`));
			expect({ head, rows }).toEqual({ head, rows: inAnyOrder(await queried(sql, head)) });
		}
		const snapshots = (await onTrino('select snapshot_id from "silver_orders$snapshots"')).map(([id]) => Number(id));
		expect(snapshots.length).toBeGreaterThan(3);
		const expected: Rows[] = [];
		for (const head of snapshots) {
			expected.push(await queried(sql, head));
			const rows = inAnyOrder(await onTrino(`${sql} for version as of bigint '${head}'`));
			expect({ head, rows }).toEqual({ head, rows: inAnyOrder(expected.at(-1) ?? []) });
		}
		const requests = snapshots.map((snapshot) => ({ table: 'silver_orders', snapshot }));
		for (const reader of [pyIceberg, duckDbIceberg]) {
			const answers = await readIceberg(reader, aws.endpoint, database, requests);
			expect(answers.map(({ rows }) => inAnyOrder(rows))).toEqual(expected.map(inAnyOrder));
		}
	});

	it('an event in the last microsecond of a day stays in its day', async () => {
		const sql = `select cast(event_time as varchar), cast(cast(event_time as date) as varchar), cast(event_date as varchar)
			from silver_events where event_id = 'e-last'`;
		expect(await onTrino(sql)).toEqual([['2026-11-18 23:59:59.999999', '2026-11-18', '2026-11-18']]);
		const [read] = await onPyIceberg({ table: 'silver_events', filter: "event_id = 'e-last'" });
		expect(read?.rows[0]?.[read.columns.indexOf('event_time')]).toBe('2026-11-18 23:59:59.999999');
	});

	it('a query on one date opens the files of that date only', async () => {
		const [read] = await onPyIceberg({ table: 'silver_orders', filter: "order_date = '2026-11-19'" });
		expect(read?.files).toHaveLength(1);
		expect(read?.files[0]).toContain('/silver/orders/order_date=2026-11-19/');
		const [plan] = await onTrino(
			"explain analyze select user_id, total_amount from silver_orders where order_date = date '2026-11-19'",
		);
		expect(/Input: (\d+) rows/.exec(plan?.[0] ?? '')?.[1]).toBe(String(read?.rows.length));
		expect(read?.rows.length).toBeLessThan((await onTrino('select order_id from silver_orders')).length);
	});

	it('rows that another engine writes are reported, and replaced by those of the lake', async () => {
		await onTrino("insert into gold_order_kpis values (1, 1, 1, 0, 1, date '1999-01-01')");
		expect(await onTrino("select total_orders from gold_order_kpis where order_date = date '1999-01-01'")).toHaveLength(
			1,
		);
		const { drift } = await crawl(context.step('crawl'));
		expect(drift).toContainEqual(expect.objectContaining({ table: 'gold_order_kpis', kind: 'metadata' }));
		expect(await tablesOnTrino()).toEqual(states.get(heads.restored ?? 0));
		const first = heads.first ?? 0;
		expect(inAnyOrder(await onTrino(`select * from gold_order_kpis for version as of 'head-${first}'`))).toEqual(
			states.get(first)?.gold_order_kpis,
		);
		expect(await crawl(context.step('crawl'))).toMatchObject({ status: 'unchanged', drift: [] });
	});

	if (withSpark) {
		it('Spark has the same rows of every table, and drops one without its files', async () => {
			const spark = await sparkReader();
			const versions = ['restored', 'first', 'restated', 'withdrawn'].map((name) => heads[name] ?? 0);
			const requests = versions.flatMap((head) => tables.map(({ name }) => ({ table: name, tag: `head-${head}` })));
			const oneDate = { table: 'silver_events', filter: "event_date = date '2026-11-18'" };
			const [ofDate, ...answers] = await readIceberg(spark, aws.endpoint, database, [oneDate, ...requests]);
			for (const [index, { table, tag }] of requests.entries()) {
				const expected = states.get(Number(tag.replace('head-', '')))?.[table];
				expect({ table, tag, rows: inAnyOrder(answers[index]?.rows ?? []) }).toEqual({ table, tag, rows: expected });
			}
			expect(ofDate?.rows.some((row) => row.includes('2026-11-18 23:59:59.999999'))).toBe(true);
			const drop = `drop table lake.${database}.gold_order_kpis`;
			const dropped: { rows: string[][] }[] = JSON.parse(
				await runReader(spark, aws.endpoint, [{ sql: `${drop} purge` }, { sql: drop }]),
			);
			expect(dropped.map(({ rows }) => rows)).toEqual([[[expect.stringContaining('GC is disabled')]], []]);
			await crawl(context.step('crawl'));
			expect(await tablesOn(spark)).toEqual(states.get(heads.restored ?? 0));
		}, 1_800_000);
	}

	it('a table that another engine drops keeps its files, and comes back with its rows', async () => {
		await expect(
			onTrino("alter table gold_daily_sales execute expire_snapshots(retention_threshold => '7d')"),
		).rejects.toThrow('GC is disabled');
		await onTrino('drop table gold_daily_sales');
		await crawl(context.step('crawl'));
		expect(inAnyOrder(await onTrino('select * from gold_daily_sales'))).toEqual(
			states.get(heads.restored ?? 0)?.gold_daily_sales,
		);
	});

	it('a lake that an earlier version crawled as Hive tables becomes Iceberg tables with the same rows', async () => {
		for (const { name } of tables) await makeHive(name);
		expect((await onTrino('select * from "silver_orders$partitions"'))[0]).toHaveLength(1);
		const { drift } = await crawl(context.step('crawl'));
		expect(drift).toEqual([]);
		expect(await tablesOnTrino()).toEqual(states.get(heads.restored ?? 0));
		expect(await tablesOnPyIceberg()).toEqual(states.get(heads.restored ?? 0));
	});

	it('without copies, as on AWS, the tables have no partitions in Glue, and the same rows', async () => {
		for (const { name } of tables) await makeHive(name);
		const onAws = lakeContext('crawl', { ...environment, SHOPLAKE_MIRROR: 'false' });
		try {
			expect(await crawl(onAws.context)).toMatchObject({ status: 'published', drift: [], removed: [] });
			const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: 'silver_orders' }));
			expect(Table).toMatchObject({
				Parameters: { owner: 'marketing', table_type: 'ICEBERG' },
				StorageDescriptor: { Location: `s3://${bucket}/iceberg/silver_orders/` },
			});
			expect(Table?.PartitionKeys ?? []).toEqual([]);
			expect(await tablesOnTrino()).toEqual(states.get(heads.restored ?? 0));
			expect(await tablesOnPyIceberg()).toEqual(states.get(heads.restored ?? 0));
			expect(await crawl(onAws.context)).toMatchObject({ status: 'unchanged', drift: [] });
		} finally {
			await onAws.dispose();
		}
	});
});

/** Makes a table what `crawl` made of it before it published Iceberg metadata. */
async function makeHive(Name: string): Promise<void> {
	const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name }));
	const { Description, PartitionKeys, StorageDescriptor, TableType, Parameters = {} } = Table ?? {};
	const { table_type, metadata_location, previous_metadata_location, 'shoplake.metadata': _, ...hive } = Parameters;
	const TableInput = { Name, Description, PartitionKeys, StorageDescriptor, TableType };
	await glue.send(
		new UpdateTableCommand({
			DatabaseName: database,
			TableInput: { ...TableInput, Parameters: { ...hive, owner: 'marketing' } },
		}),
	);
}
