import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskContext } from '../../tasks/context';
import { datasets, tables } from '../../tasks/contracts';
import { Lake, newAttempt, type ObjectStore, type Snapshot } from '../../tasks/lake';
import { attach, type FileTable } from '../../tasks/lake/partitions';
import { createAws } from '../../tasks/platform/aws/clients';
import { readConfig } from '../../tasks/platform/config';
import { DuckDb } from '../../tasks/platform/duckdb/duckdb';
import type { Log } from '../../tasks/platform/log';
import { fieldNames, datasetNames as modelled, type Row } from './model';

export interface TestContextOptions {
	readonly store: ObjectStore;
	readonly task?: string;
	readonly clock?: () => Date;
	readonly signal?: AbortSignal;
	/** The stores behind other buckets, by their names. */
	readonly buckets?: Readonly<Record<string, ObjectStore>>;
}

export interface TestContext {
	readonly context: TaskContext;
	/** What the tasks have logged, oldest first: `warn: …`. */
	readonly logged: readonly string[];
	/** Closes every DuckDB and removes every scratch folder. */
	dispose(): Promise<void>;
}

const memoryBytes = 256 * 1024 ** 2;

/** A context for tasks over any object store: the product's own lake and DuckDB, no AWS, nothing on the terminal. */
export function testContext({ store, task = 'test', buckets = {}, ...options }: TestContextOptions): TestContext {
	const clock = options.clock ?? (() => new Date());
	const signal = options.signal ?? new AbortController().signal;
	const runId = randomUUID();
	const logged: string[] = [];
	const disposals: (() => unknown)[] = [];
	const write =
		(level: string) =>
		(message: unknown): Log => {
			logged.push(`${level}: ${message}`);
			return log;
		};
	const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as Log;
	const config = readConfig({ SHOPLAKE_BUCKET: 'lake', SHOPLAKE_MEMORY: '1GiB', SHOPLAKE_THREADS: '2' });
	const scratch = async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
		disposals.push(() => rm(folder, { recursive: true, force: true }));
		return folder;
	};
	const taskContext = (name: string): TaskContext => ({
		run: { task: name, runId, attempt: newAttempt(), startedAt: clock() },
		log,
		progress: { update: () => undefined, clear: () => undefined },
		clock,
		aws: createAws(),
		config,
		signal,
		lake: async () => new Lake(store, clock, signal),
		traffic: () => store.traffic,
		bucket: async (bucket) => {
			const other = bucket === config.bucket ? store : buckets[bucket];
			if (!other) throw new Error(`the test has no bucket ${bucket}`);
			return other;
		},
		scratch,
		duckdb: async () => {
			const duckdb = await DuckDb.open({ memoryBytes, threads: config.threads, scratch: await scratch() });
			disposals.push(() => duckdb.close());
			return duckdb;
		},
		hold: (work) => work,
		step: taskContext,
	});
	return {
		context: taskContext(task),
		logged,
		dispose: async () => {
			for (const end of disposals.splice(0).reverse()) await end();
		},
	};
}

/** The rows of a Silver or Gold table (`silver_orders`) as the model writes them, in any order. */
export async function readTable(context: TaskContext, name: string, snapshot?: Snapshot): Promise<Row[]> {
	const table = tables.find((known) => known.name === name);
	if (!table) throw new Error(`there is no table ${name}`);
	const rows = await readRows(context, table, snapshot);
	const added = addedColumns(name);
	return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !added.includes(column))));
}

/**
 * The optional columns of a Silver table that no test writes, because they were added to the contract after the tests'
 * model was written. A column that is required is not among them: every test has to give it.
 */
export function addedColumns(name: string): readonly string[] {
	const dataset = modelled.find((known) => name === `silver_${known}`);
	if (!dataset) return [];
	const optional = Object.entries(datasets[dataset].fields).filter(([, { required }]) => !required);
	return optional.map(([column]) => column).filter((column) => !fieldNames(dataset).includes(column));
}

/** The rows of a table of any columns: whole numbers as numbers, decimals as text, times as ISO text in UTC. */
export async function readRows(context: TaskContext, table: FileTable, snapshot?: Snapshot): Promise<Row[]> {
	const { store } = await context.lake();
	const state = snapshot ?? (await (await context.lake()).newest());
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	await attach({ store, duckdb, scratch }, table, await state.table(table.name), { as: 'rows_read' });
	const rows = await duckdb.rows('select * from rows_read');
	const types = new Map(table.columns.map(({ name, type }) => [name, type] as const));
	return rows.map((row) =>
		Object.fromEntries(
			Object.entries(row).map(([name, value]) => [name, plain(types.get(name) ?? 'date', value as Row[string])]),
		),
	);
}

function plain(type: string, value: Row[string]): Row[string] {
	if (typeof value !== 'string') return value;
	if (type === 'bigint') return Number(value);
	if (type !== 'timestamp') return value;
	const [, date, time, fraction = ''] = /^(\S+) ([\d:]+)(?:\.(\d+))?/.exec(value) ?? [];
	return `${date}T${time}.${fraction.padEnd(6, '0')}Z`;
}

/** Rows in an order of their own, whatever theirs was, and fields by name: equal tables are then deeply equal. */
export function sorted(rows: readonly Row[]): Row[] {
	const byName = (row: Row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
	return rows
		.map(byName)
		.map((row) => ({ row, text: JSON.stringify(row) }))
		.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
		.map(({ row }) => row);
}
