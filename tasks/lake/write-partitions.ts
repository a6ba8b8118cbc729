import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { limitConcurrency, mapConcurrently } from '../platform/concurrency';
import type { DuckDb } from '../platform/duckdb/duckdb';
import { identifier, literal, literals } from '../platform/duckdb/quote';
import { InternalError } from '../platform/errors';
import { type PartitionEntry, storeFile, type TableManifest } from '.';
import { tableFolder } from './layout';
import { unplaced } from './model';
import { type EngineResources, type FileTable, partitionFolder } from './partitions';
import { scratchCopy } from './scratch-copies';
import { maxPartitionsPerPass, planPasses } from './write-passes';

/** Concurrent uploads. */
const parallelUploads = 8;
/** Rows of a Parquet row group: few enough for several threads, enough to compress. */
const rowGroupSize = 122_880;
/** Of zstd: the next two write lines a third slower and make files 6 % smaller at best. */
const zstdLevel = 1;
/** How DuckDB writes the Parquet files of the lake. */
export const parquetOptions = `format parquet, compression zstd, compression_level ${zstdLevel}, row_group_size ${rowGroupSize}`;

/** What is written of some rows, and how. */
export interface WriteOptions {
	readonly partitions: readonly string[];
	/** The version of the partitions that are written. */
	readonly attempt: string;
	/** A partition whose rows equal those of its entry here keeps that entry. */
	readonly current?: TableManifest['partitions'];
	/** How many rows each partition has, where that is known. */
	readonly counts?: ReadonlyMap<string, number>;
	/** Leaves a copy of the files in scratch, where `attach` finds them: a later step of this process reads the rows again. */
	readonly keep?: boolean;
}

interface RowsToWrite extends WriteOptions {
	/** A table or view with the columns of the table and its partition column, if it has one. */
	readonly from: string;
}

/** What identifies the rows of a file. */
interface MeasuredRows {
	readonly rows: number;
	readonly fingerprint: string;
}
const noRows: MeasuredRows = { rows: 0, fingerprint: '0' };

/**
 * Writes a new version of each of `partitions` and uploads it. A partition without rows gets no entry; a null in the
 * partition column is the partition `none`. Row count and fingerprint are read back from the written file. A partition
 * whose rows equal those in `current` is not uploaded: its result is the current entry.
 */
export async function writePartitions(
	engine: EngineResources,
	table: FileTable,
	options: RowsToWrite,
): Promise<Map<string, PartitionEntry>> {
	const { attempt, current, keep } = options;
	const folder = keep ? scratchCopy(engine.scratch, '') : join(engine.scratch, 'written');
	const entries = new Map<string, PartitionEntry>();
	const finish = async (partition: string, { rows, fingerprint }: MeasuredRows) => {
		const key = fileKey(table, partition, attempt);
		const same = current?.[partition];
		if (same && same.rows === rows && same.fingerprint === fingerprint) entries.set(partition, same);
		else if (rows > 0) {
			const file = await storeFile(engine.store, join(folder, key), key, rows);
			entries.set(partition, { version: attempt, files: [file], rows, fingerprint });
		}
		if (!keep || rows === 0) await rm(join(folder, key), { force: true });
	};
	// DuckDB runs one statement at a time; the files of a pass are uploaded while the next ones are written.
	const inTurn = limitConcurrency(1);
	const upload = limitConcurrency(parallelUploads);
	const passes = await listPasses(engine, table, options);
	await mapConcurrently(passes, parallelUploads, async (pass) => {
		const written = await inTurn(() => writePass(engine, table, pass, { ...options, folder }));
		await mapConcurrently(pass, parallelUploads, (partition) =>
			upload(() => finish(partition, written.get(partition) ?? noRows)),
		);
	});
	return entries;
}

/** A name that DuckDB's folders have as it is. In that of a date before the year 1 it escapes characters. */
const plainName = /^[\w-]+$/;

/** The partitions that have rows, in the passes that write them. */
async function listPasses(
	{ duckdb }: EngineResources,
	{ partition }: FileTable,
	{ from, partitions, counts }: RowsToWrite,
): Promise<string[][]> {
	if (!partition || partitions.length < 2) return partitions.map((name) => [name]);
	const rows = counts ?? (await countRows(duckdb, from, partition.column));
	const counted = partitions
		.map((name) => ({ partition: name, rows: rows.get(name) ?? 0 }))
		.filter(({ rows }) => rows > 0);
	const isPlain = ({ partition }: { readonly partition: string }) => plainName.test(partition);
	return [
		...planPasses(counted.filter(isPlain), duckdb.memoryBytes),
		...counted.filter((one) => !isPlain(one)).map(({ partition }) => [partition]),
	];
}

async function countRows(duckdb: DuckDb, from: string, column: string): Promise<Map<string, number>> {
	const counted = await duckdb.rows(
		`select ${nameSql(column)} as name, count(*) as n from ${identifier(from)} group by 1`,
	);
	return new Map(counted.map(({ name, n }) => [String(name), Number(n)]));
}

interface PassOptions extends RowsToWrite {
	/** The files are written here, under their keys. */
	readonly folder: string;
}

/** Writes the files of some partitions, and returns what each holds. */
async function writePass(
	engine: EngineResources,
	table: FileTable,
	pass: readonly string[],
	options: PassOptions,
): Promise<Map<string, MeasuredRows>> {
	const [partition] = pass;
	if (pass.length > 1 || partition === undefined) return writeTogether(engine, table, pass, options);
	return new Map([[partition, await writeAlone(engine, table, partition, options)]]);
}

async function writeAlone(
	{ duckdb }: EngineResources,
	table: FileTable,
	partition: string,
	{ from, attempt, folder }: PassOptions,
): Promise<MeasuredRows> {
	const path = join(folder, fileKey(table, partition, attempt));
	await mkdir(dirname(path), { recursive: true });
	const columns = columnsSql(table);
	const filter = table.partition ? `where ${isInSql(table.partition.column, [partition])}` : '';
	await duckdb.execute(
		`copy (select ${columns} from ${identifier(from)} ${filter}) to ${literal(path)} (${parquetOptions})`,
	);
	return measureRows(duckdb, path, columns);
}

/**
 * Writes the files of several partitions in one statement. The folders that DuckDB creates for the values of its
 * partition columns are those of the lake: the partition's and the version's.
 */
async function writeTogether(
	{ duckdb }: EngineResources,
	table: FileTable,
	pass: readonly string[],
	{ from, attempt, folder }: PassOptions,
): Promise<Map<string, MeasuredRows>> {
	const { column } = table.partition as { readonly column: string };
	const columns = columnsSql(table);
	const root = join(folder, tableFolder(table.name));
	await mkdir(root, { recursive: true });
	await duckdb.execute(`set partitioned_write_max_open_files = ${maxPartitionsPerPass}`);
	const written = await duckdb.row(
		`copy (
			select ${columns}, ${nameSql(column)} as ${identifier(column)}, ${literal(attempt)} as v
			from ${identifier(from)} where ${isInSql(column, pass)}
		 ) to ${literal(root)} (${parquetOptions}, partition_by (${identifier(column)}, v), filename_pattern 'part-{i}', overwrite_or_ignore)`,
	);
	const paths = pass.map((name) => join(folder, fileKey(table, name, attempt)));
	const measured = await duckdb.rows(
		`select filename, count(*) as n, ${fingerprintSql(columns)} as fingerprint
		 from read_parquet([${literals(paths)}], filename = true, hive_partitioning = false) group by filename`,
	);
	const byPath = new Map(
		measured.map(({ filename, n, fingerprint }) => [filename, { rows: Number(n), fingerprint: String(fingerprint) }]),
	);
	const found = pass.map((name, index) => [name, byPath.get(paths[index] as string) ?? noRows] as const);
	const rows = found.reduce((sum, [, { rows }]) => sum + rows, 0);
	if (rows !== Number(written.Count)) {
		throw new InternalError(
			`${written.Count} rows of ${table.name} were written, but its files have ${rows}. Nothing is published; please report this.`,
		);
	}
	return new Map(found);
}

const fileKey = (table: FileTable, partition: string, attempt: string): string =>
	`${partitionFolder(table, partition, attempt)}/part-0.parquet`;

const columnsSql = ({ columns }: FileTable): string => columns.map(({ name }) => identifier(name)).join(', ');

/** SQL of the partition that a row belongs to, by the date in its column. */
const nameSql = (column: string): string => `coalesce(cast(${identifier(column)} as varchar), ${literal(unplaced)})`;

/** SQL of: a row belongs to one of these partitions. */
function isInSql(column: string, partitions: readonly string[]): string {
	const dates = partitions.filter((name) => name !== unplaced).map((date) => `date ${literal(date)}`);
	return [
		...(dates.length > 0 ? [`${identifier(column)} in (${dates.join(', ')})`] : []),
		...(dates.length < partitions.length ? [`${identifier(column)} is null`] : []),
	].join(' or ');
}

/** SQL of a fingerprint of rows, whatever their order; `columns` is SQL of those that count. */
export const fingerprintSql = (columns: string): string =>
	`cast(coalesce(sum(cast(hash(${columns}) as hugeint)), 0) as varchar)`;

/** The row count of a Parquet file and the fingerprint of its rows; `columns` is the SQL list of their columns. */
export async function measureRows(duckdb: DuckDb, path: string, columns: string): Promise<MeasuredRows> {
	const found = await duckdb.row(
		`select count(*) as n, ${fingerprintSql(columns)} as fingerprint
		 from read_parquet(${literal(path)}, hive_partitioning = false)`,
	);
	return { rows: Number(found.n), fingerprint: String(found.fingerprint) };
}
