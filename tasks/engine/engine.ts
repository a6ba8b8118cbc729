import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore, PartitionEntry, TableManifest } from '../lake';
import { attach, type FileTable } from '../lake/partitions';
import { fingerprintSql, writePartitions } from '../lake/write-partitions';
import type { DuckDb, Row } from '../platform/duckdb/duckdb';
import { fill } from '../platform/duckdb/fill';
import { textList } from '../platform/duckdb/text-list';
import { type Column, SpillTable } from './spill-table';
import { bindInputs, parseStatement } from './statement';

/** Rows that further statements can read. No other relation of the process has its name, which needs no quotes in SQL. */
export interface Relation {
	readonly name: string;
}

/** What a statement under `sql/` is run with. */
export interface StatementOptions {
	/** The relations that its header names. */
	readonly inputs: Readonly<Record<string, Relation>>;
	/** SQL for its `{slots}`. */
	readonly slots?: Readonly<Record<string, string>>;
}

/**
 * Runs the statements under `sql/`, and hands their rows on as values: what a statement reads is what it is given.
 * Relations last until the scope that made them is closed.
 */
export class Engine {
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
		const name = newName();
		await attach(this, table, manifest, { as: name, ...(partitions ? { partitions } : {}) });
		this.made.push({ kind: 'view', name });
		return { name };
	}

	/**
	 * Writes rows into one new version of each partition named and uploads it; a partition without rows has no entry.
	 * A partition whose rows equal those of its entry in `current` keeps that entry. `keep` leaves a copy of the files in
	 * scratch, where `attach` finds it.
	 */
	write(
		table: FileTable,
		{ name: from }: Relation,
		options: Omit<Parameters<typeof writePartitions>[2], 'from'>,
	): Promise<Map<string, PartitionEntry>> {
		return writePartitions(this, table, { from, ...options });
	}

	/** The rows of a statement, computed each time they are read. */
	define(statement: string, options: StatementOptions): Promise<Relation> {
		return this.create('view', query(statement, options));
	}

	/** The rows of a statement, computed now and held in memory, or spilled to disk where they do not fit. */
	keep(statement: string, options: StatementOptions): Promise<Relation> {
		return this.create('table', query(statement, options));
	}

	/** The rows of a statement as values. */
	rows(statement: string, options: StatementOptions): Promise<Row[]> {
		return this.duckdb.rows(query(statement, options));
	}

	/** The rows of a query that no file under `sql/` holds: one that reads files, or is put together from a contract. */
	view(sql: string): Promise<Relation> {
		return this.create('view', sql);
	}

	/** The same, computed now. */
	table(sql: string): Promise<Relation> {
		return this.create('table', sql);
	}

	/** A table of rows given as texts, each cast to its column's SQL type. Any text is safe: they are bound as values. */
	async texts(columns: Readonly<Record<string, string>>, rows: readonly (readonly string[])[]): Promise<Relation> {
		const types = Object.entries(columns);
		const name = newName();
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

	/** How many rows a relation has. */
	async count({ name }: Relation): Promise<number> {
		return Number((await this.duckdb.row(`select count(*) as n from ${name}`)).n);
	}

	/** A fingerprint of the rows of a relation, their order left out; `columns` is SQL of those that count. */
	async fingerprint({ name }: Relation, columns: string): Promise<string> {
		const { fingerprint } = await this.duckdb.row(`select ${fingerprintSql(columns)} as fingerprint from ${name}`);
		return String(fingerprint);
	}

	/** An empty table on the scratch disk, to which statements add rows. */
	async spill(columns: readonly Column[]): Promise<SpillTable> {
		const folder = join(this.scratch, 'spill-tables');
		await mkdir(folder, { recursive: true });
		const name = newName();
		this.made.push({ kind: 'view', name });
		return SpillTable.create(this.duckdb, { name, folder, columns });
	}

	/** Does some work with a scope of its own, whose relations are dropped after it. */
	async scoped<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
		const scope = new Engine(this.store, this.duckdb, this.scratch);
		try {
			return await work(scope);
		} finally {
			await scope.dropAll();
		}
	}

	private async create(kind: 'table' | 'view', sql: string): Promise<Relation> {
		const name = newName();
		await this.duckdb.execute(`create temp ${kind} ${name} as ${sql}`);
		this.made.push({ kind, name });
		return { name };
	}

	private async dropAll(): Promise<void> {
		const drops = this.made.splice(0).map(({ kind, name }) => `drop ${kind} if exists ${name}`);
		if (drops.length > 0) await this.duckdb.execute(drops.join('; '));
	}
}

let lastNumber = 0;
/** A name that no other relation has, over all scopes and engines. */
const newName = (): string => `relation_${++lastNumber}`;

function query(text: string, { inputs, slots = {} }: StatementOptions): string {
	const statement = parseStatement(text);
	const names = Object.fromEntries(Object.entries(inputs).map(([input, { name }]) => [input, name]));
	return bindInputs(statement, fill(statement.sql, slots), names);
}
