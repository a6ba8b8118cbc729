import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type Json } from '@duckdb/node-api';
import { TerminatedError } from '../shared/errors';

/** A row as JSON values: decimals, 64-bit whole numbers, dates and timestamps are text. */
export type Row = Record<string, Json>;

/** What one embedded DuckDB may use. */
export interface DuckDbLimits {
	/** Bytes of memory before it spills to `scratch`. */
	readonly memoryBytes: number;
	readonly threads: number;
	/** A folder of this run's own. */
	readonly scratch: string;
}

/** How long `close` waits for the statement that runs. An interrupted one ends within milliseconds, but for a slow disk. */
const closeMs = 3000;
/** An interrupt is lost where it falls between two statements, or between a statement's preparation and its run. */
const interruptAgainMs = 20;

/** An embedded DuckDB in UTC, in memory, that spills to the run's scratch folder. */
export class DuckDb {
	private readonly running = new Set<Promise<unknown>>();
	private state: 'open' | 'interrupted' | 'closed' = 'open';

	private constructor(
		private readonly instance: DuckDBInstance,
		private readonly connection: DuckDBConnection,
		/** Bytes of memory that it has before it spills. */
		readonly memoryBytes: number,
	) {}

	static async open(limits: DuckDbLimits): Promise<DuckDb> {
		const spill = `${limits.scratch}/spill`;
		await mkdir(spill, { recursive: true });
		const instance = await DuckDBInstance.create(':memory:', {
			memory_limit: `${Math.floor(limits.memoryBytes / 1024 ** 2)}MiB`,
			threads: String(limits.threads),
			temp_directory: spill,
			preserve_insertion_order: 'false',
			autoinstall_known_extensions: 'false',
		});
		const connection = await instance.connect();
		await connection.run(`set timezone = 'UTC'`);
		return new DuckDb(instance, connection, limits.memoryBytes);
	}

	/** Runs one or more statements; `values` bind `$name` in a single one. */
	async execute(sql: string, values?: Record<string, DuckDBValue>): Promise<void> {
		await this.during(() => this.connection.run(sql, values));
	}

	/**
	 * Runs a statement whose joins look the rows of their left side up in their right side, as they are written. By
	 * itself DuckDB goes by the sizes it expects, and of JSON files it expects few rows: it would hold those in memory.
	 */
	async executeAsJoined(sql: string): Promise<void> {
		await this.during(async () => {
			await this.connection.run(`set disabled_optimizers = 'build_side_probe_side'`);
			try {
				await this.connection.run(sql);
			} finally {
				await this.connection.run(`reset disabled_optimizers`);
			}
		});
	}

	/** The rows of a query. */
	async rows(sql: string, values?: Record<string, DuckDBValue>): Promise<Row[]> {
		const reader = await this.during(() => this.connection.runAndReadAll(sql, values));
		return reader.getRowObjectsJson() as Row[];
	}

	/** The only row of a query that always gives one. */
	async row(sql: string, values?: Record<string, DuckDBValue>): Promise<Row> {
		const [row] = await this.rows(sql, values);
		if (!row) throw new Error(`no row from: ${sql}`);
		return row;
	}

	/** A query's columns and rows in their order; the values are written as in `rows`. */
	async table(
		sql: string,
		values?: Record<string, DuckDBValue>,
	): Promise<{ columns: { name: string; type: string }[]; rows: Json[][] }> {
		const reader = await this.during(() => this.connection.runAndReadAll(sql, values));
		const types = reader.columnTypes().map(String);
		const columns = reader.columnNames().map((name, index) => ({ name, type: types[index] ?? '' }));
		return { columns, rows: reader.getRowsJson() };
	}

	/** The tables a query reads, as it spells them (unqualified). */
	tableNames(sql: string): readonly string[] {
		return this.connection.getTableNames(sql, false);
	}

	/** Makes the statement that runs fail, and takes no more. */
	interrupt(): void {
		if (this.state === 'closed') return;
		this.state = 'interrupted';
		this.connection.interrupt();
	}

	/**
	 * Interrupts the statement that runs, waits for it to fail, then closes. Closing the connection of a running
	 * statement hangs or aborts the process. Resolves to false where the statement has not ended within `waitMs`
	 * milliseconds: the connection then stays open, and ends with the process.
	 */
	async close(waitMs = closeMs): Promise<boolean> {
		if (this.state === 'closed') return true;
		for (const deadline = Date.now() + waitMs; this.running.size > 0; ) {
			if (Date.now() >= deadline) return false;
			this.interrupt();
			await Promise.race([Promise.allSettled(this.running), sleep(interruptAgainMs)]);
		}
		this.state = 'closed';
		this.connection.closeSync();
		this.instance.closeSync();
		return true;
	}

	/**
	 * Does what keeps the connection busy until its promise settles; `close` waits for it.
	 * @throws TerminatedError after `interrupt`
	 */
	private async during<T>(work: () => Promise<T>): Promise<T> {
		if (this.state !== 'open') throw new TerminatedError('The task is stopping; no more statements are run.');
		const running = work();
		this.running.add(running);
		try {
			return await running;
		} finally {
			this.running.delete(running);
		}
	}
}
