import { createContext, type TaskContext } from '../../tasks/context';
import { datasets } from '../../tasks/contracts';
import type { ObjectStore, Snapshot } from '../../tasks/lake';
import { attach, type FileTable } from '../../tasks/lake/partitions';
import type { Log } from '../../tasks/platform/log';
import { noProject, type Project } from '../../tasks/project';
import { fieldNames, datasetNames as modelled, type Row } from './model';

export interface TestContextOptions {
	/** The store behind the lake's bucket. */
	readonly store: ObjectStore;
	readonly task?: string;
	readonly clock?: () => Date;
	readonly signal?: AbortSignal;
	/** The user's own tables; none by default. */
	readonly project?: Project;
	/** The stores behind other buckets, by their names. */
	readonly buckets?: Readonly<Record<string, ObjectStore>>;
}

export interface TestContext {
	readonly context: TaskContext;
	/** What the tasks have logged, oldest first: `warn: …`. */
	readonly logged: readonly string[];
	/** Closes every DuckDB and removes every scratch folder. */
	readonly dispose: () => Promise<void>;
}

/** Little memory, 258 MiB of it DuckDB's, so that small data already come in pieces. */
const env = { SHOPLAKE_BUCKET: 'lake', SHOPLAKE_MEMORY: '744MiB', SHOPLAKE_THREADS: '2' };

/** The product's own context over any object store; it logs into an array and knows no lake on AWS. */
export function testContext({ store, buckets = {}, ...given }: TestContextOptions): TestContext {
	const stores = new Map(Object.entries({ ...buckets, [env.SHOPLAKE_BUCKET]: store }));
	const { log, logged } = recordLog();
	const { context, dispose } = createContext({
		task: 'test',
		signal: new AbortController().signal,
		project: noProject,
		...given,
		verbose: true,
		env,
		log,
		openStore: (bucket) => {
			const opened = stores.get(bucket);
			if (!opened) throw new Error(`the test has no bucket ${bucket}`);
			return opened;
		},
	});
	return { context, logged, dispose };
}

/** Does work with a context of its own, as a process would, and disposes of it. */
export async function inContext<T>(
	options: TestContextOptions,
	work: (context: TaskContext) => Promise<T>,
): Promise<T> {
	const { context, dispose } = testContext(options);
	try {
		return await work(context);
	} finally {
		await dispose();
	}
}

function recordLog(): { readonly log: Log; readonly logged: string[] } {
	const logged: string[] = [];
	const write =
		(level: string) =>
		(message: unknown): Log => {
			logged.push(`${level}: ${message}`);
			return log;
		};
	const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as Log;
	return { log, logged };
}

/** The rows of a Silver or Gold table, such as `silver_orders`, as the model writes them, in any order. */
export async function readTable(context: TaskContext, name: string, snapshot?: Snapshot): Promise<Row[]> {
	const { tables } = (await context.lake()).contracts;
	const table = tables.find((known) => known.name === name);
	if (!table) throw new Error(`there is no table ${name}`);
	const rows = await readRows(context, table, snapshot);
	const added = addedColumns(name);
	return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !added.includes(column))));
}

/**
 * The optional columns of a Silver table that the tests' model doesn't know, because they were added to the contract
 * later. Every test has to give the required ones.
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
			Object.entries(row).map(([name, value]) => [name, toModelValue(types.get(name) ?? 'date', value as Row[string])]),
		),
	);
}

function toModelValue(type: string, value: Row[string]): Row[string] {
	if (typeof value !== 'string') return value;
	if (type === 'bigint') return Number(value);
	if (type !== 'timestamp') return value;
	const [, date, time, fraction = ''] = /^(\S+) ([\d:]+)(?:\.(\d+))?/.exec(value) ?? [];
	return `${date}T${time}.${fraction.padEnd(6, '0')}Z`;
}

/** Rows sorted by their text, their fields by name: equal tables are then deeply equal. */
export function sorted(rows: readonly Row[]): Row[] {
	const byName = (row: Row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
	return rows
		.map(byName)
		.map((row) => ({ row, text: JSON.stringify(row) }))
		.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
		.map(({ row }) => row);
}
