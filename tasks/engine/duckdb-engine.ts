import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../contracts';
import type { ObjectStore, PartitionEntry, TableManifest } from '../lake';
import { attach, type FileTable } from '../lake/partitions';
import { type WriteOptions, writePartitions } from '../lake/write-partitions';
import type { DuckDb, Row } from '../platform/duckdb/duckdb';
import { textList } from '../platform/duckdb/text-list';
import { InternalError } from '../platform/errors';
import { bindStatement } from './bind-statement';
import { fetchBronze, rankedRowsSql } from './bronze-copies';
import { type Column, duckdb } from './dialect';
import type { Engine, FetchedBatches, RankedBatch, Relation, StatementOptions } from './engine';
import { newRelationName } from './relation-name';
import { SpillTable } from './spill-table';

/** Computes in this process. */
export class DuckDbEngine implements Engine {
	readonly dialect = duckdb;
	/** Enough to share the work, few enough for the scratch disk. */
	readonly maxRows = 4_000_000;
	private readonly made: { readonly kind: 'table' | 'view'; readonly name: string }[] = [];

	constructor(
		readonly store: ObjectStore,
		readonly duckdb: DuckDb,
		/** A folder of this run's own. */
		readonly scratch: string,
	) {}

	/**
	 * The rows of a table as a manifest has them, its partition column included; of the partitions named, or of all.
	 * Throws DamagedObjectError where a file is missing or not what was written.
	 */
	async attach(table: FileTable, manifest: TableManifest, partitions?: readonly string[]): Promise<Relation> {
		const name = newRelationName();
		await attach(this, table, manifest, { as: name, ...(partitions ? { partitions } : {}) });
		this.made.push({ kind: 'view', name });
		return { name };
	}

	fetchBatches(dataset: Dataset, batches: readonly RankedBatch[]): FetchedBatches {
		const paths = fetchBronze(this, dataset, batches);
		// A failure surfaces where the paths are awaited; until then it must not count as unhandled.
		paths.catch(() => undefined);
		return { dataset, batches, paths };
	}

	async attachBatches({ dataset, batches, paths }: FetchedBatches): Promise<Relation | undefined> {
		const files = (await paths) ?? [];
		return files.length === 0 ? undefined : this.view(rankedRowsSql(dataset, batches, files));
	}

	/**
	 * Writes rows into one new version of each partition named and uploads it; a partition without rows has no entry.
	 * A partition whose rows equal those of its entry in `current` keeps that entry. `keep` leaves a copy of the files in
	 * scratch, where `attach` finds it.
	 */
	write(table: FileTable, { name: from }: Relation, options: WriteOptions): Promise<Map<string, PartitionEntry>> {
		return writePartitions(this, table, { from, ...options });
	}

	localTime(instant: string): string {
		return this.dialect.localTime(this.duckdb.timeZone, instant);
	}

	/** The rows of a statement, computed each time they are read. */
	define(statement: string, options: StatementOptions): Promise<Relation> {
		return this.create('view', bindStatement(this.dialect, statement, options));
	}

	/** The rows of a statement, computed now and held in memory, or spilled to disk where they do not fit. */
	keep(statement: string, options: StatementOptions): Promise<Relation> {
		return this.create('table', bindStatement(this.dialect, statement, options));
	}

	/** The rows of a statement as values. */
	rows(statement: string, options: StatementOptions): Promise<Row[]> {
		return this.duckdb.rows(bindStatement(this.dialect, statement, options));
	}

	/** A query may read files, too. */
	view(sql: string): Promise<Relation> {
		return this.create('view', sql);
	}

	select(sql: string): Promise<Row[]> {
		return this.duckdb.rows(sql);
	}

	/** The rows of a query, computed now. */
	table(sql: string): Promise<Relation> {
		return this.create('table', sql);
	}

	/** A table of rows given as texts, each cast to its column's SQL type. Any text is safe: they are bound as values. */
	async texts(columns: Readonly<Record<string, string>>, rows: readonly (readonly string[])[]): Promise<Relation> {
		const types = Object.entries(columns);
		const name = newRelationName();
		await this.duckdb.execute(
			`create temp table ${name} (${types.map(([column, type]) => `${column} ${type}`).join(', ')})`,
		);
		this.made.push({ kind: 'table', name });
		if (rows.length === 0) return { name };
		const values = types.map(([column], index) => [column, textList(rows.map((row) => row[index] ?? ''))] as const);
		const unnested = types.map(([column, type]) => `cast(unnest(cast($${column} as varchar[])) as ${type})`);
		await this.duckdb.execute(`insert into ${name} select ${unnested.join(', ')}`, Object.fromEntries(values));
		return { name };
	}

	/** An empty table on the scratch disk, to which statements add rows. */
	async spill(columns: readonly Column[]): Promise<SpillTable> {
		const folder = join(this.scratch, 'spill-tables');
		await mkdir(folder, { recursive: true });
		const name = newRelationName();
		this.made.push({ kind: 'view', name });
		return SpillTable.create(this.duckdb, { name, folder, columns });
	}

	/** Does some work with a scope of its own, whose relations are dropped after it. */
	async scoped<T>(work: (engine: DuckDbEngine) => Promise<T>): Promise<T> {
		const scope = new DuckDbEngine(this.store, this.duckdb, this.scratch);
		try {
			return await work(scope);
		} finally {
			await scope.dropAll();
		}
	}

	withoutUploads(): DuckDbEngine {
		const store = Object.assign(Object.create(this.store) as ObjectStore, {
			upload: async (path: string) => (await stat(path)).size,
		});
		return new DuckDbEngine(store, this.duckdb, this.scratch);
	}

	private async create(kind: 'table' | 'view', sql: string): Promise<Relation> {
		const name = newRelationName();
		await this.duckdb.execute(`create temp ${kind} ${name} as ${sql}`);
		this.made.push({ kind, name });
		return { name };
	}

	private async dropAll(): Promise<void> {
		const drops = this.made.splice(0).map(({ kind, name }) => `drop ${kind} if exists ${name}`);
		if (drops.length > 0) await this.duckdb.execute(drops.join('; '));
	}
}

/** An engine that is known to be DuckDB; only its SQL is allowed for a project's own tables. */
export function requireDuckDb(engine: Engine): DuckDbEngine {
	if (engine instanceof DuckDbEngine) return engine;
	throw new InternalError(`A statement for DuckDB alone was given to ${engine.dialect.name}. Please report this.`);
}
