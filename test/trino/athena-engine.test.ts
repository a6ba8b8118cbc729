import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDatabaseCommand, GetTablesCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { orderItems, tables } from '../../tasks/contracts';
import { Lake, type ObjectStore } from '../../tasks/lake';
import { attach, type FileTable } from '../../tasks/lake/partitions';
import { S3Store } from '../../tasks/lake/s3-store';
import { realBaskets } from '../../tasks/local/real-baskets';
import { verifyLake } from '../../tasks/operations/verify';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { orphans } from '../../tasks/pipeline/silver/tables';
import type { EngineChoice } from '../../tasks/pipeline/with-engine';
import { ConfigurationError, InternalError, TerminatedError } from '../../tasks/platform/errors';
import { utc } from '../../tasks/platform/time-zone';
import { noProject } from '../../tasks/project';
import { type AthenaGateway, startAthenaGateway } from '../support/athena-gateway/gateway';
import { inContext, readRows, sorted } from '../support/context';
import {
	admit,
	growingSeasons,
	histories,
	ingestionsOfOneShop,
	keepPossible,
	type Step,
	type Task,
} from '../support/histories';
import { MemoryStore } from '../support/memory-store';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { Admissions } from '../support/model';
import { type AnyTask, performOn, stepStart } from '../support/perform';
import type { Server } from '../support/server';
import { expectedGold, expectedSilver, readGold, readSilver } from '../support/state';
import { startTrino, type TrinoServer } from '../support/trino/server';
import { until } from '../support/until';

const scratchDatabase = 'shoplake_scratch';
/** Random histories beside the one that every run has: each takes minutes. */
const furtherHistories = Number(process.env.SHOPLAKE_TEST_ENGINE_HISTORIES ?? 0);
let aws: Server;
let trino: TrinoServer;
let gateway: AthenaGateway;
let s3: S3Client;
let glue: GlueClient;
let store: S3Store;

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	s3 = new S3Client({ forcePathStyle: true });
	glue = new GlueClient();
	for (const Name of [scratchDatabase, 'ecommerce_analytics_db']) {
		await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
	}
	trino = await startTrino(aws.endpoint, { workers: Number(process.env.SHOPLAKE_TEST_TRINO_WORKERS ?? 0) });
	gateway = await startAthenaGateway({ trino: trino.endpoint });
	process.env.AWS_ENDPOINT_URL_ATHENA = gateway.endpoint;
	// The name that the contexts of tests have.
	await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
	store = new S3Store(s3, 'lake');
}, 900_000);
afterAll(async () => {
	delete process.env.AWS_ENDPOINT_URL_ATHENA;
	await gateway?.stop();
	await trino?.stop();
	await aws.stop();
});
beforeEach(() => gateway.behave());

const onAthena: EngineChoice = { engine: 'athena' };
const onDuckDb: EngineChoice = { engine: 'duckdb' };
type EngineStep = readonly [AnyTask, EngineChoice];

async function emptyLake(): Promise<void> {
	const keys: string[] = [];
	for await (const { key } of store.list('')) keys.push(key);
	await store.delete(keys);
}

/** The dates of orders by the hashes of their ids, as the index has them. */
async function readKeys(lake: ObjectStore): Promise<unknown[]> {
	const columns = [{ name: 'key_hash', type: 'bigint' } as const, { name: 'home', type: 'date' } as const];
	const rows = await inContext({ store: lake }, (context) =>
		readRows(context, { name: 'keys_orders', columns, partition: null }),
	);
	return [...new Set(sorted(rows).map((row) => JSON.stringify(row)))];
}

async function scratchTables(): Promise<string[]> {
	const { TableList = [] } = await glue.send(new GetTablesCommand({ DatabaseName: scratchDatabase }));
	return TableList.map(({ Name = '' }) => Name);
}

const readHead = async () => (await new Lake(store, () => new Date()).newest()).head.number;

/**
 * Performs steps on a lake in S3, each with its engine, and on another one with DuckDB alone. After each that changes
 * Silver, both have the same rows and index of keys; after each that changes Gold, too. In UTC they have what the model
 * expects.
 */
async function compareEngines(steps: readonly EngineStep[], timeZone = utc): Promise<void> {
	await emptyLake();
	const other = new MemoryStore();
	const admissions = new Admissions();
	const project = { ...noProject, config: { timeZone } };
	for (const [number, [task, choice]] of steps.entries()) {
		const startedAt = stepStart(number);
		const outcome = await performOn(store, task, startedAt, choice, { project });
		const { partitions: _, ...counts } = await performOn(other, task, startedAt, onDuckDb, { project });
		const { status, received, kept, duplicates, superseded, rejected, orphans } = counts;
		// A rebuild by another engine than the last one writes partitions again, with the same rows.
		if (task.do !== 'rebuild') {
			expect(outcome).toMatchObject({
				status,
				...JSON.parse(JSON.stringify({ received, kept, duplicates, superseded, rejected, orphans })),
			});
		}
		if (task.do !== 'rebuild' && task.do !== 'rollback') admit(admissions, task, startedAt);
		if (task.do === 'ingest' || task.do === 'rollback') continue;
		if (task.do === 'aggregate' || task.do === 'rebuild') {
			const isAll = task.do === 'rebuild' || task.scope === undefined || task.scope.kind === 'all';
			const isModelled = isAll && timeZone === utc;
			expect(await readGold(store)).toEqual(isModelled ? expectedGold(admissions.batches()) : await readGold(other));
		}
		if (task.do === 'aggregate') continue;
		const expected = timeZone === utc ? expectedSilver(admissions.batches()) : await readSilver(other);
		expect(await readSilver(store)).toEqual(expected);
		expect(await readKeys(store)).toEqual(await readKeys(other));
	}
	expect(await scratchTables()).toEqual([]);
	const { findings } = await inContext({ store, project }, (context) => verifyLake(context, {}));
	expect(findings).toEqual([]);
}

it('a lake whose runs change their engine has the rows, outcomes and keys of one that DuckDB computed', async () => {
	const [batches = []] = fc.sample(ingestionsOfOneShop(3), { numRuns: 1, seed: 20 });
	const [first, second, again] = batches as [(typeof batches)[0], (typeof batches)[0], (typeof batches)[0]];
	await compareEngines([
		[first, onDuckDb],
		[{ do: 'clean', batches: [first.batch] }, onDuckDb],
		[{ do: 'aggregate' }, onDuckDb],
		[{ ...again, batch: first.batch }, onDuckDb],
		[second, onDuckDb],
		[{ do: 'clean', batches: [first.batch, second.batch] }, onAthena],
		[{ do: 'aggregate' }, onAthena],
		[{ do: 'withdraw', batch: second.batch }, onDuckDb],
		[{ do: 'rebuild' }, onAthena],
	]);
}, 1_200_000);

/** Instants around midnight, and around the hours at which clocks change. */
const instants = [
	'2026-03-28T22:59:59.999999Z',
	'2026-03-28T23:00:00.000001Z',
	'2026-03-29T00:59:59Z',
	'2026-03-29T01:00:00Z',
	'2026-03-29T22:00:00Z',
	'2026-10-25T00:30:00.5Z',
	'2026-10-25T01:30:00Z',
	'2026-10-25T22:59:59Z',
	'2026-10-25T23:00:00Z',
];
const sales = instants.map((event_time) => ({
	...{ orderid: '1', product_name: 'Laptop', quantity: 1, price: '1.00', event_type: 'INSERT' },
	...{ event_time, event_id: event_time },
}));

it('a day is a day of the lake’s time zone, at midnight and when clocks change', async () => {
	const batch = '2026-11-19';
	const datasets = { gadget_sales: [{ source: 0, path: 'gadget_sales.ndjson', records: sales }] };
	await compareEngines(
		[
			[{ do: 'ingest', batch, asOf: undefined, datasets }, onDuckDb],
			[{ do: 'clean', batches: [batch] }, onAthena],
			[{ do: 'aggregate' }, onAthena],
		],
		'Europe/Berlin',
	);
	const { gadget_sales = [] } = await readSilver(store);
	expect(gadget_sales.map(({ sale_date }) => sale_date).sort()).toEqual([
		...['2026-03-28', '2026-03-29', '2026-03-29', '2026-03-29', '2026-03-30'],
		...['2026-10-25', '2026-10-25', '2026-10-25', '2026-10-26'],
	]);
}, 600_000);

/** A history of any lake, with the engine of each of its tasks. */
const runs = fc.record({
	history: fc.oneof({ weight: 3, arbitrary: histories({ maxMoves: 3 }) }, { weight: 1, arbitrary: growingSeasons }),
	onAthena: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
	last: fc.constantFrom('aggregate' as const, 'rebuild' as const),
	timeZone: fc.constantFrom(utc, utc, 'Europe/Berlin', 'Asia/Kathmandu'),
});

if (furtherHistories > 0) {
	it(
		'so does a lake of any history',
		() =>
			fc.assert(
				fc.asyncProperty(runs, ({ history, onAthena: chosen, last, timeZone }) =>
					compareEngines(withEngines(history, chosen, last), timeZone),
				),
				// To shrink a history would take hours: its seed and what fast-check prints are enough to go on by hand.
				{ numRuns: furtherHistories, endOnFailure: true },
			),
		furtherHistories * 1_200_000,
	);
}

/** The tasks of a history one after the other, each with its engine, and one more on Athena. */
function withEngines(
	history: readonly Step[],
	chosen: readonly boolean[],
	last: 'aggregate' | 'rebuild',
): EngineStep[] {
	const tasks = history.flatMap((step): Task[] => (step.do === 'together' ? [step.first, step.second] : [step]));
	const steps = (keepPossible(tasks) as Task[]).map((task, index): EngineStep => {
		const takesEngine = task.do === 'clean' || task.do === 'aggregate';
		return [task, takesEngine && chosen[index % chosen.length] ? onAthena : onDuckDb];
	});
	return [...steps, [{ do: last }, onAthena]];
}

if (process.env.SHOPLAKE_TEST_ENGINE_BASKETS === 'true') {
	it('a quarter of real baskets, and one day more, have the same rows in every table', async () => {
		await emptyLake();
		const other = new MemoryStore();
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-baskets-'));
		try {
			const { days, products } = await realBaskets({
				from: '2017-01-01',
				to: '2017-04-01',
				folder,
				home: process.cwd(),
			});
			const batches = [days.slice(0, -1), days.slice(-1)];
			for (const [index, batch] of batches.entries()) {
				const sources = [...(index === 0 ? [products.path] : []), ...batch.flatMap(({ paths }) => paths)];
				const id = batch.at(-1)?.date ?? '';
				for (const [lake, choice] of [
					[store, onAthena],
					[other, onDuckDb],
				] as const) {
					await inContext({ store: lake }, (context) =>
						ingestBatch(context, { batch: id, sources, maxRejected: 0.05 }),
					);
					await performOn(lake, { do: 'clean', batches: [id] }, stepStart(index), choice);
					await performOn(lake, { do: 'aggregate' }, stepStart(index), choice);
				}
				for (const table of [...tables, orphans(orderItems)]) {
					expect({ [table.name]: await differingRows(store, other, table) }).toEqual({ [table.name]: [] });
				}
				expect(await readKeys(store)).toEqual(await readKeys(other));
			}
		} finally {
			await rm(folder, { recursive: true });
		}
	}, 7_200_000);
}

/** Rows of a table that only one of two lakes has: the first of them. */
const differingRows = (one: ObjectStore, other: ObjectStore, table: FileTable) =>
	inContext({ store: one }, async (context) => {
		const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
		for (const [as, lake] of Object.entries({ in_one: one, in_other: other })) {
			const manifest = await inContext({ store: lake }, async (own) =>
				(await (await own.lake()).newest()).table(table.name),
			);
			await attach({ store: lake, duckdb, scratch }, table, manifest, { as });
		}
		return duckdb.rows(
			`(select 1 as only_in, * from (from in_one except all from in_other)
			 union all select 2, * from (from in_other except all from in_one)) limit 5`,
		);
	});

describe('a run that does not end well', () => {
	const [[first] = []] = fc.sample(ingestionsOfOneShop(1), { numRuns: 1, seed: 7 });
	const startedAt = stepStart(0);
	const task: AnyTask = { do: 'clean', batches: [first?.batch ?? ''] };
	const tries = (choice: EngineChoice, signal?: AbortSignal) =>
		performOn(store, task, startedAt, choice, signal ? { signal } : {});
	/** The statements that write files of the lake's own tables. */
	const writesSilver = (sql: string) => sql.includes(`location = 's3://lake/silver/`);

	beforeAll(async () => {
		await emptyLake();
		await performOn(store, first as AnyTask, startedAt, onDuckDb);
	});
	afterEach(async () => {
		expect([await readHead(), await scratchTables()]).toEqual([1, []]);
	});

	it('publishes nothing where a statement fails, also once its files are written', async () => {
		gateway.fail((sql) => (writesSilver(sql) ? 'GENERIC_USER_ERROR: no' : undefined));
		await expect(tries(onAthena)).rejects.toThrow(InternalError);
		gateway.failAfterWriting((sql) => (writesSilver(sql) ? 'NUMERIC_VALUE_OUT_OF_RANGE: too large' : undefined));
		await expect(tries(onAthena)).rejects.toThrow('too large');
	});

	it('publishes nothing where a signal comes, and stops the statement that runs', async () => {
		gateway.hang(writesSilver);
		const stop = new AbortController();
		const before = gateway.statements.length;
		const cleaned = expect(tries(onAthena, stop.signal)).rejects.toThrow();
		await until(
			async () => gateway.statements.slice(before),
			(statements) => statements.some(writesSilver),
		);
		stop.abort(new TerminatedError('Stopped by the test.'));
		await cleaned;
		const ends = gateway.states().slice(before);
		expect(ends).toContain('CANCELLED');
		expect(ends).not.toContain('RUNNING');
	});

	it('publishes nothing where it would scan more than it may', async () => {
		await expect(tries({ engine: 'athena', maxScanned: 1 })).rejects.toThrow(ConfigurationError);
	});
});
