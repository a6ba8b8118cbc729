import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { TaskContext } from '../../tasks/context';
import { streams } from '../../tasks/contracts';
import { generate } from '../../tasks/generate';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { crawl } from '../../tasks/pipeline/catalog';
import { aggregate } from '../../tasks/pipeline/gold';
import { clean } from '../../tasks/pipeline/silver';
import { runQuery } from '../../tasks/query';
import { asLiteral, listParameters, replaceParameters, withValues } from '../../tasks/query/parameters';
import { oneStatement } from '../../tasks/query/statement';
import { deployLake, lakeContext } from '../support/aws-lake';
import { everything, expectedRows, expectedUnits, liveObjects, todaysUnits } from '../support/live-objects';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';
import { startTrino, type TrinoServer } from '../support/trino/server';
import { analyses, withInputs } from './analyses';
import { portable, portableQuery, statement } from './statements';

const bucket = 'portable-lake';
const days = ['2026-11-18', '2026-11-19', '2026-11-20'];
let aws: Server;
let trino: TrinoServer;
let context: TaskContext;
let dispose: () => Promise<void>;
let folder: string;

/** The rows of DuckDB, in their order. */
async function onDuckDb(sql: string): Promise<(string | null)[][]> {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	return (await runQuery(context, { file, param: [], engine: 'duckdb' })).rows.map((row) => [...row]);
}
const onTrino = (sql: string) => trino.client.rows(sql);
const inAnyOrder = (rows: readonly (readonly (string | null)[])[]) => rows.map((row) => JSON.stringify(row)).sort();

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	({ context, dispose } = lakeContext('query', await deployLake(bucket)));
	folder = await mkdtemp(join(tmpdir(), 'shoplake-portable-'));
	for (const date of days) {
		await generate(context.step('generate'), { date, records: 150, dirt: 0.05 });
		await ingestBatch(context.step('ingest'), { batch: date, maxRejected: 1 });
	}
	await clean(context.step('clean'), { batches: days });
	await aggregate(context.step('aggregate'), { kind: 'all' });
	const s3 = new S3Client({ forcePathStyle: true });
	for (const [key, Body] of liveObjects) {
		await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${streams.live_orders.prefix}${key}`, Body }));
	}
	await crawl(context.step('crawl'));
	trino = await startTrino(aws.endpoint);
}, 900_000);
afterAll(async () => {
	await trino?.stop();
	await dispose();
	await aws.stop();
	await rm(folder, { recursive: true });
});

it('answers the first query of the documentation word for word', async () => {
	const sql = `SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC`;
	const rows = await onTrino(sql);
	expect(rows.length).toBeGreaterThan(3);
	expect(rows).toEqual(await onDuckDb(sql));
});

describe('Bronze', () => {
	it.each([
		['bronze_orders', 'order_id, user_id, total_amount, status', 'order_date'],
		['bronze_events', 'event_id, event_type, quantity, price', 'event_time'],
		['bronze_order_items', 'order_id, line_number, product_id, quantity, unit_price', undefined],
		['bronze_products', 'product_id, name, category, price, rating, current_stock', undefined],
	])('%s has the typed records of every batch on both engines', async (table, columns, time) => {
		const instant = time ? `, cast(${time} as date), extract(hour from ${time}), extract(second from ${time})` : '';
		const sql = `select batch, _file, _line, ${columns}, _extra, _raw${instant} from ecommerce_analytics_db.${table}`;
		const rows = await onTrino(sql);
		expect(rows.length).toBeGreaterThan(100);
		expect(inAnyOrder(rows)).toEqual(inAnyOrder(await onDuckDb(sql)));
	});
});

describe('live orders', () => {
	it('answers the second query of the documentation word for word', async () => {
		expect((await onTrino(todaysUnits)).toSorted()).toEqual(expectedUnits);
	});

	it('types the values that fit and skips lines that are not records, as DuckDB does', async () => {
		expect(await onTrino(everything)).toEqual(expectedRows);
		expect(await onDuckDb(everything)).toEqual(expectedRows);
	});

	it('reads only the prefix of the requested date', async () => {
		const [plan] = await onTrino(`explain analyze ${todaysUnits}`);
		expect(plan?.[0]).toMatch(/Splits: 4\b/);
	});
});

it('reads every table as crawl registered it: the rows that DuckDB reads from the head', async () => {
	const tables = (await onTrino('show tables')).flatMap(([name]) => name ?? []);
	expect(tables).toContain('gold_order_kpis');
	for (const table of tables) {
		const rows = await onTrino(`select * from ${table}`);
		const names = (await onTrino(`show columns from ${table}`)).map(([name]) => name);
		expect({ table, rows: inAnyOrder(rows) }).toEqual({
			table,
			rows: inAnyOrder(await onDuckDb(`select ${names.map((name) => `"${name}"`).join(', ')} from ${table}`)),
		});
	}
});

describe('analyses', () => {
	it.each(analyses)('$name gives the same rows, in the same order', async ({ name, param = [], inputs = {} }) => {
		const sql = oneStatement(statement(`analyses/${name}`), name);
		const values = new Map(withValues(listParameters(sql), param).map((value) => [value.name, asLiteral(value)]));
		const text = withInputs(
			replaceParameters(sql, (parameter) => values.get(parameter) ?? ''),
			inputs,
		);
		const inOrder = /\border by\b/i.test(sql) ? (rows: (string | null)[][]) => rows : inAnyOrder;
		const [trinoRows, duckdbRows] = [await onTrino(text), await onDuckDb(text)];
		expect(inOrder(trinoRows)).toEqual(inOrder(duckdbRows));
		expect(duckdbRows.length).toBeGreaterThan(0);
	});

	it('are all compared', async () => {
		const files = (await readdir('sql/analyses')).map((file) => file.replace('.sql', ''));
		expect([...new Set(analyses.map(({ name }) => name))].sort()).toEqual(files.sort());
	});
});

it('has every statement of sql/gold and sql/silver among the portable ones', async () => {
	const files = await Promise.all(
		['gold', 'silver'].map(async (layer) =>
			(await readdir(`sql/${layer}`)).map((file) => `${layer}/${file.replace('.sql', '')}`),
		),
	);
	expect([...new Set(portable.map(({ name }) => name))].sort()).toEqual(files.flat().sort());
});

describe('the statements of the medallion', () => {
	it.each(portable)('$name', async (statement) => {
		const sql = portableQuery(statement);
		const [trinoRows, duckdbRows] = [inAnyOrder(await onTrino(sql)), inAnyOrder(await onDuckDb(sql))];
		expect(trinoRows).toEqual(duckdbRows);
		expect(duckdbRows.length > 0).toBe(statement.isEmpty !== true);
	});
});
