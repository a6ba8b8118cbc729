import type { Dataset } from '../contracts';
import type { BatchManifest, PartitionEntry, TableManifest } from '../lake';
import type { FileTable } from '../lake/partitions';
import type { WriteOptions } from '../lake/write-partitions';
import type { Row } from '../platform/duckdb/duckdb';
import { type Column, type Dialect, textOfRow } from './dialect';

/** Rows that further statements can read. No other relation of the process has its name, which needs no quotes in SQL. */
export interface Relation {
	readonly name: string;
}

/** A relation to which statements add rows, whose columns have its names. */
export interface SpillRelation extends Relation {
	add(rows: Relation): Promise<void>;
}

/** What a statement under `sql/` is run with. */
export interface StatementOptions {
	/** The relations that its header names. */
	readonly inputs: Readonly<Record<string, Relation>>;
	/** SQL for its `{slots}`. */
	readonly slots?: Readonly<Record<string, string>>;
}

/** A version of a batch in Bronze, with its place in the order of arrival. */
export interface RankedBatch {
	readonly rank: number;
	readonly manifest: BatchManifest;
}

/** Versions of batches, in any order; `paths` are local copies of their objects, which may still be on their way. */
export interface FetchedBatches {
	readonly dataset: Dataset;
	readonly batches: readonly RankedBatch[];
	readonly paths?: Promise<readonly string[]>;
}

/**
 * Runs the statements under `sql/`, and hands their rows on as values: what a statement reads is what it is given.
 * Relations last until the scope that made them is closed.
 */
export interface Engine {
	/** What engines can't spell alike. */
	readonly dialect: Dialect;
	/** About how many rows are computed at once. */
	readonly maxRows: number;

	/**
	 * The rows of a table as a manifest has them, its partition column included; of the partitions named, or of all.
	 * Throws DamagedObjectError where a file is missing or not what was written.
	 */
	attach(table: FileTable, manifest: TableManifest, partitions?: readonly string[]): Promise<Relation>;

	/** Begins to fetch the Bronze objects of some batches. */
	fetchBatches(dataset: Dataset, batches: readonly RankedBatch[]): FetchedBatches;

	/** The records of batches: the columns of Bronze and `rank`; undefined where there are none. */
	attachBatches(batches: FetchedBatches): Promise<Relation | undefined>;

	/** Writes rows into one new version of each partition named; a partition without rows has no entry. */
	write(table: FileTable, rows: Relation, options: WriteOptions): Promise<Map<string, PartitionEntry>>;

	/** SQL of the local time of an instant, in the zone of the shop's days. */
	localTime(instant: string): string;

	/** The rows of a statement, computed each time they are read: nothing in it may number rows. */
	define(statement: string, options: StatementOptions): Promise<Relation>;

	/** The rows of a statement, computed once. */
	keep(statement: string, options: StatementOptions): Promise<Relation>;

	/** The rows of a statement as values. */
	rows(statement: string, options: StatementOptions): Promise<Row[]>;

	/** The rows of a query that no file under `sql/` holds: one that is put together from a contract. */
	view(sql: string): Promise<Relation>;

	/** The same, as values. */
	select(sql: string): Promise<Row[]>;

	/** A table of rows given as texts, each cast to its column's SQL type. */
	texts(columns: Readonly<Record<string, string>>, rows: readonly (readonly string[])[]): Promise<Relation>;

	/** An empty table to which statements add rows. */
	spill(columns: readonly Column[]): Promise<SpillRelation>;

	/** Does some work with a scope of its own, whose relations are dropped after it. */
	scoped<T>(work: (engine: Engine) => Promise<T>): Promise<T>;

	/** The same engine, whose files are never part of the lake: for a dry run. */
	withoutUploads(): Engine;
}

/** How many rows a relation has. */
export async function countRows(engine: Engine, { name }: Relation): Promise<number> {
	const [row] = await engine.select(`select count(*) as n from ${name}`);
	return Number(row?.n);
}

/** A fingerprint of the rows of a relation, their order left out, that every engine gives alike. For few rows. */
export async function fingerprintRows(engine: Engine, { name }: Relation, columns: readonly string[]): Promise<string> {
	const hash = engine.dialect.stableHash(textOfRow(columns));
	const [row] = await engine.select(
		`select cast(coalesce(sum(cast(${hash} as decimal(38,0))), 0) as varchar) as fingerprint from ${name}`,
	);
	return String(row?.fingerprint);
}
