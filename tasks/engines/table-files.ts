import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SqlType, TableColumn } from '../contracts';
import type { FileRef, ObjectStore, PartitionEntry, TableManifest } from '../lake';
import { whole } from '../lake/model';
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
 * Downloads the files of the partitions named (all by default); one that the manifest does not have adds no rows.
 */
export async function attach(
	{ store, duckdb, scratch }: Workbench,
	table: FileTable,
	manifest: TableManifest,
	options: { as: string; partitions?: readonly string[] },
): Promise<void> {
	const wanted = options.partitions ?? Object.keys(manifest.partitions);
	const files = wanted.flatMap((partition) => manifest.partitions[partition]?.files ?? []);
	const columns = table.columns.map(({ name, type }) => ({ name: identifier(name), type: duckdbType(type) }));
	const partition = table.partition && identifier(table.partition.column);
	if (files.length === 0) {
		const empty = [...columns, ...(partition ? [{ name: partition, type: 'date' }] : [])]
			.map(({ name, type }) => `cast(null as ${type}) as ${name}`)
			.join(', ');
		await duckdb.execute(`create or replace temp view ${identifier(options.as)} as select ${empty} where false`);
		return;
	}
	const paths = await download({ store, scratch }, files);
	const names = [...columns.map(({ name }) => name)];
	// A line whose order is unknown has no date: its partition is not a date, and reads as null.
	if (partition) names.push(`try_cast(${partition} as date) as ${partition}`);
	await duckdb.execute(
		`create or replace temp view ${identifier(options.as)} as
		 select ${names.join(', ')} from read_parquet([${literals(paths)}], hive_partitioning = ${partition !== null}, hive_types_autocast = false)`,
	);
}

/** Copies objects into scratch, under their own keys; one that is there already is not fetched again. */
async function download(bench: Pick<Workbench, 'store' | 'scratch'>, files: readonly FileRef[]): Promise<string[]> {
	return mapConcurrently(files, parallelTransfers, async ({ key }) => {
		const path = join(bench.scratch, 'objects', key);
		await mkdir(dirname(path), { recursive: true });
		await bench.store.download(key, path);
		return path;
	});
}

/**
 * Writes rows into one new version of each partition named and uploads it. A partition without rows has no entry.
 * `from` is a table or view with the columns of `table` (and its partition column where it has one; a null there is
 * the partition `none`). The row count of each file is read back from its footer: a difference is an InternalError.
 */
export async function writePartitions(
	bench: Workbench,
	table: FileTable,
	options: { from: string; partitions: readonly string[]; attempt: string },
): Promise<Map<string, PartitionEntry>> {
	const { duckdb, scratch, store } = bench;
	const from = identifier(options.from);
	const column = table.partition && identifier(table.partition.column);
	const value = column ? `coalesce(cast(${column} as varchar), 'none')` : literal(whole);
	const hashed = table.columns.map(({ name }) => identifier(name)).join(', ');
	const wanted = options.partitions.length > 0 ? `where ${value} in (${literals(options.partitions)})` : 'where false';
	const groups = await duckdb.rows(
		`select ${value} as value, count(*) as n, cast(sum(cast(hash(${hashed}) as hugeint)) as varchar) as fingerprint
		 from ${from} ${wanted} group by all`,
	);
	const written = await mapSequentially(groups, async (group) => {
		const partition = String(group.value);
		const key = `${folderOf(table, partition, options.attempt)}/part-0.parquet`;
		const path = join(scratch, 'written', key);
		await mkdir(dirname(path), { recursive: true });
		const filter = !column
			? ''
			: partition === 'none'
				? `where ${column} is null`
				: `where ${column} = date ${literal(partition)}`;
		await duckdb.execute(
			`copy (select ${hashed} from ${from} ${filter}) to ${literal(path)} (format parquet, compression zstd, row_group_size ${rowGroupSize})`,
		);
		const footer = await duckdb.row(`select num_rows as n from parquet_file_metadata(${literal(path)})`);
		if (footer.n !== group.n) {
			throw new InternalError(`${key} holds ${footer.n} rows, though ${group.n} were written. Nothing is published.`);
		}
		return { partition, key, path, rows: Number(group.n), fingerprint: String(group.fingerprint) };
	});
	const entries = await mapConcurrently(written, parallelTransfers, async (file) => {
		const bytes = await store.upload(file.path, file.key);
		await rm(file.path);
		const entry: PartitionEntry = {
			version: options.attempt,
			files: [{ key: file.key, rows: file.rows, bytes }],
			rows: file.rows,
			fingerprint: file.fingerprint,
		};
		return [file.partition, entry] as const;
	});
	return new Map(entries);
}

async function mapSequentially<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	return mapConcurrently(items, 1, work);
}
