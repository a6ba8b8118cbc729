import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SqlType, TableColumn } from '../contracts';
import { mapConcurrently } from '../platform/concurrency';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import { type ObjectStore, type PartitionEntry, storeFile, type TableManifest } from '.';
import { tableFolder } from './layout';
import { unplaced } from './model';
import { fetchCopies, scratchCopy } from './scratch-copies';

/** What moves rows between the lake's Parquet files and DuckDB. */
export interface EngineResources {
	readonly store: ObjectStore;
	readonly duckdb: DuckDb;
	/** A folder of this run alone. */
	readonly scratch: string;
}

/** The part of a table's definition that its files depend on; `name` includes the layer: `silver_orders`. */
export interface FileTable {
	readonly name: string;
	readonly columns: readonly Pick<TableColumn, 'name' | 'type'>[];
	readonly partition: { readonly column: string } | null;
}

/** Concurrent requests to the object store. */
const parallelTransfers = 8;
/** Rows of a Parquet row group: few enough for several threads, enough to compress. */
const rowGroupSize = 122_880;
/** Of zstd: the next two write lines a third slower and make files 6 % smaller at best. */
const zstdLevel = 1;

/** The type of a column as DuckDB spells it. */
export const duckdbType = (type: SqlType | 'ubigint'): string => (type === 'string' ? 'varchar' : type);

/** The folder of one version of one partition: `gold/daily_sales/order_date=2026-11-20/v=<attempt>`. */
export function partitionFolder(
	table: Pick<FileTable, 'name' | 'partition'>,
	partition: string,
	attempt: string,
): string {
	const middle = table.partition ? `${table.partition.column}=${partition}/` : '';
	return `${tableFolder(table.name)}${middle}v=${attempt}`;
}

/**
 * Creates a view over a table's rows as a manifest has them: the columns of `table`, then its partition column. Downloads
 * the files of `partitions` (by default all); a partition that the manifest does not have adds no rows. A column that was
 * added to the contract after a file was written is null in that file's rows. Throws DamagedObjectError if a file is
 * missing or not what was written.
 */
export async function attach(
	{ store, duckdb, scratch }: EngineResources,
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
	const paths = await fetchCopies({ store, scratch }, files);
	// An item whose order is not known has no date: its partition key is not a date, and reads as null.
	if (partition) names.push(`try_cast(${partition} as date) as ${partition}`);
	// The empty rows add the columns that an older file does not have.
	await duckdb.execute(
		`${view} select ${names.join(', ')} from (
			${empty} union all by name
			from read_parquet([${literals(paths)}], union_by_name = true, hive_partitioning = ${partition !== null}, hive_types_autocast = false)
		 )`,
	);
}

/**
 * Writes a new version of each of `partitions` and uploads it. A partition without rows gets no entry.
 * `from` is a table or view with the columns of `table` and its partition column, if it has one; a null there is the
 * partition `none`. Row count and fingerprint are read back from the written file. A partition whose rows equal those in
 * `current` is not uploaded: its result is the current entry. `keep` leaves a copy of the files in scratch, where `attach`
 * finds them.
 */
export async function writePartitions(
	engine: EngineResources,
	table: FileTable,
	options: {
		from: string;
		partitions: readonly string[];
		attempt: string;
		current?: TableManifest['partitions'];
		keep?: boolean;
	},
): Promise<Map<string, PartitionEntry>> {
	const { store, scratch } = engine;
	// DuckDB runs one statement at a time; a file is uploaded while the next ones are written.
	const inTurn = oneAtATime();
	const entries = new Map<string, PartitionEntry>();
	await mapConcurrently(options.partitions, parallelTransfers, async (partition) => {
		const key = `${partitionFolder(table, partition, options.attempt)}/part-0.parquet`;
		const path = options.keep ? scratchCopy(scratch, key) : join(scratch, 'written', key);
		const { rows, fingerprint } = await inTurn(() => writeFile(engine, table, { from: options.from, partition, path }));
		const same = options.current?.[partition];
		if (same && same.rows === rows && same.fingerprint === fingerprint) entries.set(partition, same);
		else if (rows > 0) {
			const file = await storeFile(store, path, key, rows);
			entries.set(partition, { version: options.attempt, files: [file], rows, fingerprint });
		}
		if (!options.keep || rows === 0) await rm(path);
	});
	return entries;
}

async function writeFile(
	{ duckdb }: EngineResources,
	table: FileTable,
	{ from, partition, path }: { from: string; partition: string; path: string },
): Promise<{ rows: number; fingerprint: string }> {
	await mkdir(dirname(path), { recursive: true });
	const columns = table.columns.map(({ name }) => identifier(name)).join(', ');
	const filter = table.partition ? `where ${partitionCondition(identifier(table.partition.column), partition)}` : '';
	await duckdb.execute(
		`copy (select ${columns} from ${identifier(from)} ${filter}) to ${literal(path)} (format parquet, compression zstd, compression_level ${zstdLevel}, row_group_size ${rowGroupSize})`,
	);
	return measureRows(duckdb, path, columns);
}

/** SQL of a fingerprint of rows, whatever their order; `columns` is SQL of those that count. */
export const fingerprintSql = (columns: string): string =>
	`cast(coalesce(sum(cast(hash(${columns}) as hugeint)), 0) as varchar)`;

/** The row count of a Parquet file and the fingerprint of its rows; `columns` is the SQL list of their columns. */
export async function measureRows(
	duckdb: DuckDb,
	path: string,
	columns: string,
): Promise<{ rows: number; fingerprint: string }> {
	const found = await duckdb.row(
		`select count(*) as n, ${fingerprintSql(columns)} as fingerprint
		 from read_parquet(${literal(path)}, hive_partitioning = false)`,
	);
	return { rows: Number(found.n), fingerprint: String(found.fingerprint) };
}

/** SQL: a row belongs to a partition, by the date in its column. */
const partitionCondition = (column: string, partition: string): string =>
	partition === unplaced ? `${column} is null` : `${column} = date ${literal(partition)}`;

/** Runs pieces of work one after the other, in the order of the calls. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
	let last: Promise<unknown> = Promise.resolve();
	return (work) => {
		const mine = last.then(work);
		last = mine.catch(() => undefined);
		return mine;
	};
}
