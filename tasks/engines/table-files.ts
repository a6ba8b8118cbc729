import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SqlType, TableColumn } from '../contracts';
import type { FileRef, ObjectStore, PartitionEntry, TableManifest } from '../lake';
import { homeless, whole } from '../lake/model';
import { mapConcurrently } from '../shared/concurrency';
import { InternalError } from '../shared/errors';
import type { DuckDb } from './duckdb';
import { identifier, literal, literals } from './quote';

/** What moves rows between the lake's Parquet files and an engine. */
export interface Workbench {
	readonly store: ObjectStore;
	readonly duckdb: DuckDb;
	/** A folder of this run's own. */
	readonly scratch: string;
}

/** The part of a table's definition that its files depend on; `name` is the lake's, such as `silver_orders`. */
export interface FileTable {
	readonly name: string;
	readonly columns: readonly Pick<TableColumn, 'name' | 'type'>[];
	readonly partition: { readonly column: string } | null;
}

/** Requests to the object store at a time. */
const parallelTransfers = 8;
/** Rows that one Parquet row group holds: small enough for several threads, large enough to compress. */
const rowGroupSize = 122_880;

/** The type of a column as DuckDB spells it. */
export const duckdbType = (type: SqlType): string => (type === 'string' ? 'varchar' : type);

/** The folder of one version of one partition: `gold/daily_sales/order_date=2026-11-20/v=<attempt>`. */
export function folderOf(table: Pick<FileTable, 'name' | 'partition'>, partition: string, attempt: string): string {
	const [layer, ...name] = table.name.split('_');
	const middle = table.partition ? `${table.partition.column}=${partition}/` : '';
	return `${layer}/${name.join('_')}/${middle}v=${attempt}`;
}

/**
 * Makes a view over a table's rows as a manifest has them: the columns of `table`, then its partition column.
 * Downloads the files of the partitions named (all by default); one that the manifest does not have adds no rows. A
 * column that a file does not have, because it was written before the contract had it, is null in its rows.
 */
export async function attach(
	{ store, duckdb, scratch }: Workbench,
	table: FileTable,
	manifest: TableManifest,
	options: { as: string; partitions?: readonly string[] },
): Promise<void> {
	const wanted = options.partitions ?? Object.keys(manifest.partitions);
	const files = wanted.flatMap((partition) => manifest.partitions[partition]?.files ?? []);
	const names = table.columns.map(({ name }) => identifier(name));
	const partition = table.partition && identifier(table.partition.column);
	const empty = `select ${table.columns.map(({ name, type }) => `cast(null as ${duckdbType(type)}) as ${identifier(name)}`).join(', ')} where false`;
	const view = `create or replace temp view ${identifier(options.as)} as`;
	if (files.length === 0) {
		const columns = [...names, ...(partition ? [`cast(null as date) as ${partition}`] : [])].join(', ');
		await duckdb.execute(`${view} select ${columns} from (${empty})`);
		return;
	}
	const paths = await download({ store, scratch }, files);
	// A line whose order is unknown has no date: its partition is not a date, and reads as null.
	if (partition) names.push(`try_cast(${partition} as date) as ${partition}`);
	// A file from before a column was added does not have it: the column is null there, as the empty rows say.
	await duckdb.execute(
		`${view} select ${names.join(', ')} from (
			${empty} union all by name
			from read_parquet([${literals(paths)}], union_by_name = true, hive_partitioning = ${partition !== null}, hive_types_autocast = false)
		 )`,
	);
}

/** Copies objects into scratch, under their own keys; one that is there already is not fetched again. */
async function download(bench: Pick<Workbench, 'store' | 'scratch'>, files: readonly FileRef[]): Promise<string[]> {
	return mapConcurrently(files, parallelTransfers, async ({ key }) => {
		const path = copyOf(bench.scratch, key);
		if (existsSync(path)) return path;
		await mkdir(dirname(path), { recursive: true });
		// A file that stands under its own name is whole, also where a download broke off or two ran at once.
		const partial = `${path}.${randomBytes(4).toString('hex')}`;
		await bench.store.download(key, partial);
		await rename(partial, path);
		return path;
	});
}

const copyOf = (scratch: string, key: string): string => join(scratch, 'objects', key);

/**
 * Writes rows into one new version of each partition named and uploads it. A partition without rows has no entry.
 * `from` is a table or view with the columns of `table` (and its partition column where it has one; a null there is
 * the partition `none`). The row count of each file is read back from its footer: a difference is an InternalError.
 * A partition whose rows are those of its entry in `current` is not written: that entry is its result.
 * `keep` leaves a copy of the files in scratch, where `attach` finds them.
 */
export async function writePartitions(
	bench: Workbench,
	table: FileTable,
	options: {
		from: string;
		partitions: readonly string[];
		attempt: string;
		current?: TableManifest['partitions'];
		keep?: boolean;
	},
): Promise<Map<string, PartitionEntry>> {
	const { store, scratch } = bench;
	// DuckDB takes one statement at a time; a file goes up while the next ones are written.
	const inTurn = oneAtATime();
	const entries = await mapConcurrently(await measure(bench, table, options), parallelTransfers, async (rows) => {
		const { partition, count, fingerprint } = rows;
		const same = options.current?.[partition];
		if (same && same.rows === count && same.fingerprint === fingerprint) return [partition, same] as const;
		const key = `${folderOf(table, partition, options.attempt)}/part-0.parquet`;
		const path = options.keep ? copyOf(scratch, key) : join(scratch, 'written', key);
		await inTurn(() => writeFile(bench, table, { from: options.from, rows, key, path }));
		const bytes = await store.upload(path, key);
		if (!options.keep) await rm(path);
		const entry: PartitionEntry = {
			version: options.attempt,
			files: [{ key, rows: count, bytes }],
			rows: count,
			fingerprint,
		};
		return [partition, entry] as const;
	});
	return new Map(entries);
}

interface PartitionRows {
	readonly partition: string;
	readonly count: number;
	readonly fingerprint: string;
}

const namesOf = ({ columns }: FileTable): string => columns.map(({ name }) => identifier(name)).join(', ');

/** Counts and fingerprints the rows of each partition named that has any. */
async function measure(
	{ duckdb }: Workbench,
	table: FileTable,
	{ from, partitions }: { from: string; partitions: readonly string[] },
): Promise<PartitionRows[]> {
	if (partitions.length === 0) return [];
	const column = table.partition && identifier(table.partition.column);
	const groups = await duckdb.rows(
		`select ${column ? `coalesce(cast(${column} as varchar), ${literal(homeless)})` : literal(whole)} as value, n, fingerprint
		 from (
			select ${column ? `${column}, ` : ''}count(*) as n, cast(sum(cast(hash(${namesOf(table)}) as hugeint)) as varchar) as fingerprint
			from ${identifier(from)} ${column ? `where ${isAmong(column, partitions)} group by ${column}` : 'having count(*) > 0'}
		 ) order by value`,
	);
	return groups.map(({ value, n, fingerprint }) => ({
		partition: String(value),
		count: Number(n),
		fingerprint: String(fingerprint),
	}));
}

async function writeFile(
	{ duckdb }: Workbench,
	table: FileTable,
	{ from, rows, key, path }: { from: string; rows: PartitionRows; key: string; path: string },
): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	const filter = table.partition ? `where ${isAmong(identifier(table.partition.column), [rows.partition])}` : '';
	await duckdb.execute(
		`copy (select ${namesOf(table)} from ${identifier(from)} ${filter}) to ${literal(path)} (format parquet, compression zstd, row_group_size ${rowGroupSize})`,
	);
	const footer = await duckdb.row(`select num_rows as n from parquet_file_metadata(${literal(path)})`);
	if (Number(footer.n) !== rows.count) {
		throw new InternalError(`${key} holds ${footer.n} rows, though ${rows.count} were written. Nothing is published.`);
	}
}

/** SQL of: the date in a column is that of one of these partitions. */
function isAmong(column: string, partitions: readonly string[]): string {
	const dates = partitions.filter((partition) => partition !== homeless).map((date) => `date ${literal(date)}`);
	const conditions = [
		...(dates.length > 0 ? [`${column} in (${dates.join(', ')})`] : []),
		...(partitions.includes(homeless) ? [`${column} is null`] : []),
	];
	return `(${conditions.join(' or ')})`;
}

/** Runs pieces of work one after the other, in the order in which they are handed in. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
	let last: Promise<unknown> = Promise.resolve();
	return (work) => {
		const mine = last.then(work);
		last = mine.catch(() => undefined);
		return mine;
	};
}
