import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AthenaClient, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { type AttachedFile, attachSnapshot, columnIds } from '../../tasks/lake/iceberg/attach-snapshot';
import { dropScratchTables, type ScratchCatalog } from '../../tasks/lake/iceberg/scratch-catalog';
import { readWrittenTable } from '../../tasks/lake/iceberg/written-files';
import { S3Store } from '../../tasks/lake/s3-store';
import { type AthenaSession, runStatement } from '../../tasks/platform/athena';
import { DuckDb } from '../../tasks/platform/duckdb/duckdb';
import { type AthenaGateway, startAthenaGateway } from '../support/athena-gateway/gateway';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';
import { startTrino, type TrinoServer } from '../support/trino/server';
import { until } from '../support/until';

const bucket = 'athena-lake';
const database = 'shoplake_scratch';
let aws: Server;
let trino: TrinoServer;
let gateway: AthenaGateway;
let s3: S3Client;
let glue: GlueClient;
let catalog: ScratchCatalog;

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	s3 = new S3Client({ forcePathStyle: true });
	glue = new GlueClient();
	catalog = { store: new S3Store(s3, bucket), glue, bucket, database };
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	for (const Name of [database, 'ecommerce_analytics_db']) {
		await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
	}
	trino = await startTrino(aws.endpoint);
	gateway = await startAthenaGateway({ trino: trino.endpoint });
}, 900_000);
afterAll(async () => {
	await gateway?.stop();
	await trino?.stop();
	await aws.stop();
});
beforeEach(() => gateway.behave());

function session(signal = new AbortController().signal): AthenaSession {
	return { athena: new AthenaClient({ endpoint: gateway.endpoint }), workgroup: 'shoplake-engine', database, signal };
}

async function rows(sql: string): Promise<(string | null)[][]> {
	const found: (string | null)[][] = [];
	for await (const page of (await (await runStatement(session(), sql)).results()).pages) found.push(...page);
	return found;
}

/** The keys of the files that a statement has left under a folder. */
async function files(folder: string): Promise<string[]> {
	const keys: string[] = [];
	for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: folder })) {
		keys.push(...Contents.flatMap(({ Key = '' }) => (Key.endsWith('.parquet') ? [Key] : [])));
	}
	return keys;
}

const createTable = (name: string, query: string, partitioning = '') =>
	`create table "${database}"."${name}" with (table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD', location = 's3://${bucket}/_scratch/${name}/'${partitioning}) as ${query}`;
const days = (count: number) =>
	`select n, date_add('day', n, date '2026-01-01') as d from unnest(sequence(1, ${count})) as numbers (n)`;
const byDay = ", partitioning = array['d']";

it('the rows of a statement come page by page, with every digit', async () => {
	const found = await rows(
		'select n + 9007199254740993, 0.10 * n from unnest(sequence(0, 2499)) as numbers (n) order by n',
	);
	expect(found).toHaveLength(2500);
	expect([found[0], found[1], found[2499]]).toEqual([
		['9007199254740993', '0.00'],
		['9007199254740994', '0.10'],
		['9007199254743492', '249.90'],
	]);
});

it('a table that a statement makes keeps microseconds, and further statements read it', async () => {
	const query = "select 1 as n, timestamp '2026-11-18 23:59:59.999999' as at, date '2026-11-18' as d";
	const { scannedBytes } = await runStatement(session(), createTable('kept', query, byDay));
	expect(scannedBytes).toBe(0);
	const { results, scannedBytes: read } = await runStatement(session(), 'select at, d from kept');
	expect(read).toBeGreaterThan(0);
	expect((await results()).columns.map(({ type }) => type)).toEqual(['timestamp', 'date']);
	expect(await rows('select at, d from kept')).toEqual([['2026-11-18 23:59:59.999999', '2026-11-18']]);
});

describe('what Athena enforces and Trino does not', () => {
	it('100 partitions a statement; the one that writes more leaves its files, and no table', async () => {
		await runStatement(session(), createTable('hundred', days(100), byDay));
		expect(await files('_scratch/hundred/')).toHaveLength(100);
		await expect(runStatement(session(), createTable('more', days(101), byDay))).rejects.toMatchObject({
			exitCode: 65,
			message: expect.stringContaining('Exceeded limit of 100 open writers'),
		});
		expect((await files('_scratch/more/')).length).toBeGreaterThan(100);
		const found = glue.send(new GetTableCommand({ DatabaseName: database, Name: 'more' }));
		await expect(found).rejects.toMatchObject({ name: 'EntityNotFoundException' });
	});

	it('an empty location', async () => {
		await s3.send(new PutObjectCommand({ Bucket: bucket, Key: '_scratch/taken/other', Body: 'x' }));
		await expect(runStatement(session(), createTable('taken', days(1)))).rejects.toThrow('non-empty location');
	});

	it('262,144 bytes a statement', async () => {
		const start = new StartQueryExecutionCommand({ QueryString: `select '${'x'.repeat(262_144)}'` });
		await expect(session().athena.send(start)).rejects.toMatchObject({ name: 'InvalidRequestException' });
	});
});

it('a token starts one statement, and is refused for another', async () => {
	const { athena } = session();
	const ClientRequestToken = randomUUID();
	const start = (QueryString: string) =>
		athena.send(new StartQueryExecutionCommand({ QueryString, ClientRequestToken }));
	const before = gateway.statements.length;
	expect((await start('select 1')).QueryExecutionId).toBe((await start('select 1')).QueryExecutionId);
	expect(gateway.statements).toHaveLength(before + 1);
	await expect(start('select 2')).rejects.toThrow('do not match');
});

it('a statement that is stopped ends on Trino, too', async () => {
	const stop = new AbortController();
	const long =
		'select count(*) from unnest(sequence(1, 9999)) a (n), unnest(sequence(1, 9999)) b (n), unnest(sequence(1, 9999)) c (n) where a.n * b.n = c.n';
	const running = runStatement(session(stop.signal), long);
	const onTrino = async () =>
		(await trino.client.rows(`select state from system.runtime.queries where query = '${long}'`)).flat();
	await until(onTrino, (states) => states.includes('RUNNING'));
	stop.abort();
	await expect(running).rejects.toMatchObject({ name: 'AbortError' });
	expect(gateway.states().at(-1)).toBe('CANCELLED');
	expect(await onTrino()).toEqual(['FAILED']);
});

it('a test can let it be busy, fail at once, and fail with files written', async () => {
	let refused = 0;
	gateway.refuse((request) =>
		request === 'StartQueryExecution' && refused++ < 6 ? 'TooManyRequestsException' : undefined,
	);
	expect(await rows('select 1')).toEqual([['1']]);
	expect(refused).toBe(7);
	gateway.fail((sql) => (sql.includes('2') ? 'GENERIC_USER_ERROR: of the test' : undefined));
	await expect(rows('select 2')).rejects.toMatchObject({ exitCode: 65 });
	gateway.failAfterWriting(() => 'GENERIC_USER_ERROR: late');
	await expect(runStatement(session(), createTable('late', days(1)))).rejects.toThrow('late');
	expect(await files('_scratch/late/')).toHaveLength(1);
});

describe('files of the lake', () => {
	const table = {
		name: 'silver_orders',
		columns: [
			{ name: 'status', type: 'string' },
			{ name: 'order_id', type: 'string' },
		],
		partition: { column: 'order_date' },
	} as const;
	const attached: AttachedFile[] = [];

	beforeAll(async () => {
		const scratch = await mkdtemp(join(tmpdir(), 'shoplake-attached-'));
		const duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 1, scratch });
		for (const [id, partition] of Object.entries({ o1: '2026-11-18', o2: '2026-11-19', o3: null })) {
			const [path, key] = [join(scratch, `${id}.parquet`), `silver/orders/${id}.parquet`];
			await duckdb.execute(`copy (select '${id}' as order_id, 'completed' as status) to '${path}' (format parquet)`);
			const bytes = await readFile(path);
			await catalog.store.putBytes(key, bytes);
			attached.push({ key, rows: 1, bytes: bytes.length, partition });
		}
		await duckdb.close();
		await rm(scratch, { recursive: true });
	});

	it('are read by their columns’ names, with the partition that they were attached with, without a statement', async () => {
		const before = gateway.statements.length;
		await attachSnapshot(catalog, table, attached, 't1');
		expect(gateway.statements).toHaveLength(before);
		expect(await rows('select order_date, order_id, status from t1 order by order_id')).toEqual([
			['2026-11-18', 'o1', 'completed'],
			['2026-11-19', 'o2', 'completed'],
			[null, 'o3', 'completed'],
		]);
		expect(await rows("select order_id from t1 where order_date = date '2026-11-19'")).toEqual([['o2']]);
		expect([...columnIds(table)]).toEqual([
			['order_id', 1],
			['status', 4],
			['order_date', 5],
		]);
	});

	it.each([
		['int', '3'],
		['string', '2026-11-18#2'],
	] as const)('can have a partition of type %s', async (type, partition) => {
		const batches = { ...table, name: 'bronze_orders', partition: { column: 'batch', type } };
		await attachSnapshot(catalog, batches, [{ ...(attached[0] as AttachedFile), partition }], `t_${type}`);
		expect(await rows(`select batch, order_id from t_${type}`)).toEqual([[partition, 'o1']]);
	});

	it('can be none', async () => {
		await attachSnapshot(catalog, { ...table, partition: null }, [], 'none');
		expect(await rows('select count(*) from none')).toEqual([['0']]);
		expect((await readWrittenTable(catalog, 'none')).files).toEqual([]);
	});

	it('are refused with a date that Athena can’t read', async () => {
		const file = { ...(attached[0] as AttachedFile), partition: '0044-03-15 (BC)' };
		await expect(attachSnapshot(catalog, table, [file], 't2')).rejects.toMatchObject({ exitCode: 65 });
	});
});

it('the files that a statement wrote are read from its metadata, and stay when the table is dropped', async () => {
	const query = `${days(3)} union all select 9, null union all select 10, date '2026-01-02'`;
	await runStatement(session(), createTable('written', query, byDay));
	const { columns, files: found } = await readWrittenTable(catalog, 'written');
	expect(columns.map(({ id, name }) => [id, name])).toEqual([
		[1, 'n'],
		[2, 'd'],
	]);
	const rowsByPartition = new Map<string | null, number>();
	for (const { partition, rows } of found) {
		rowsByPartition.set(partition, (rowsByPartition.get(partition) ?? 0) + rows);
	}
	expect(rowsByPartition).toEqual(
		new Map([
			['2026-01-02', 2],
			['2026-01-03', 1],
			['2026-01-04', 1],
			[null, 1],
		]),
	);
	expect(found.map(({ key }) => key).sort()).toEqual((await files('_scratch/written/')).sort());
	for (const { key, bytes } of found) expect((await buffer(await catalog.store.read(key))).length).toBe(bytes);
	await dropScratchTables(catalog, ['written', 'never-made']);
	await expect(readWrittenTable(catalog, 'written')).rejects.toMatchObject({ name: 'EntityNotFoundException' });
	expect(await files('_scratch/written/')).toHaveLength(found.length);
});
