import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	type DuckDBConnection,
	DuckDBInstance,
	type DuckDBPreparedStatement,
	type DuckDBResult,
	type DuckDBValue,
	type Json,
	ResultReturnType,
	type StatementType,
} from '@duckdb/node-api';
import { TerminatedError } from '../errors';
import { utc } from '../time-zone';
import { literals } from './quote';

/** A row as JSON values: decimals, 64-bit whole numbers, dates and timestamps are text. */
export type Row = Record<string, Json>;

/** The resource limits of an embedded DuckDB. */
export interface DuckDbLimits {
	/** Bytes of memory before it spills to `scratch`. */
	readonly memoryBytes: number;
	readonly threads: number;
	/** A folder that only this run uses. */
	readonly scratch: string;
	/** The zone of the shop's days; UTC by default. */
	readonly timeZone?: string;
}

/** How long `close` waits for the running statement. An interrupted one ends within milliseconds, unless the disk is slow. */
const closeMs = 3000;
/** An interrupt is lost between two statements, or between a statement's preparation and its run. */
const interruptAgainMs = 20;

/** What the connections of one DuckDB share. */
interface Session {
	readonly instance: DuckDBInstance;
	readonly connections: Set<DuckDBConnection>;
	readonly running: Set<Promise<unknown>>;
	state: 'open' | 'interrupted' | 'closed';
}

/** A connection to an embedded DuckDB whose own time zone is UTC, in memory, that spills to the run's scratch folder. */
export class DuckDb {
	/** Bytes of memory before it spills. */
	readonly memoryBytes: number;
	readonly threads: number;
	/** The zone of the shop's days, for statements that date instants; DuckDB itself does not use it. */
	readonly timeZone: string;

	private constructor(
		private readonly session: Session,
		private readonly connection: DuckDBConnection,
		private readonly limits: DuckDbLimits,
		/** Whether statements keep the order of rows anyway. */
		private readonly isInOrder = false,
	) {
		this.memoryBytes = limits.memoryBytes;
		this.threads = limits.threads;
		this.timeZone = limits.timeZone ?? utc;
	}

	static async open(limits: DuckDbLimits): Promise<DuckDb> {
		const spill = `${limits.scratch}/spill`;
		await mkdir(spill, { recursive: true });
		const instance = await DuckDBInstance.create(':memory:', {
			memory_limit: `${Math.floor(limits.memoryBytes / 1024 ** 2)}MiB`,
			threads: String(limits.threads),
			temp_directory: spill,
			preserve_insertion_order: 'false',
			autoinstall_known_extensions: 'false',
			// Otherwise the allocator keeps what an idle thread has freed: memory that no limit counts.
			allocator_background_threads: 'true',
		});
		const session: Session = { instance, connections: new Set(), running: new Set(), state: 'open' };
		return new DuckDb(session, await connect(session), limits);
	}

	/**
	 * Runs work with so many connections, whose statements run side by side: they share the threads and the tables, but not the
	 * temporary ones. Meanwhile statements keep the order of rows, which costs nothing where each has one thread. All have to
	 * have ended when the work settles.
	 */
	async withConnections<T>(count: number, work: (connections: readonly DuckDb[]) => Promise<T>): Promise<T> {
		if (count === 1) return work([this]);
		const connections: DuckDb[] = [];
		// Each connection brings a thread of its own, beside those of DuckDB.
		await this.execute(`set threads = ${Math.max(1, this.threads - count + 1)}; set preserve_insertion_order = true`);
		try {
			while (connections.length < count) {
				const connection = await this.during(() => connect(this.session));
				connections.push(new DuckDb(this.session, connection, this.limits, true));
			}
			return await work(connections);
		} finally {
			for (const { connection } of connections) {
				if (this.session.connections.delete(connection)) connection.closeSync();
			}
			if (this.session.state === 'open') {
				await this.execute(`set threads = ${this.threads}; set preserve_insertion_order = false`);
			}
		}
	}

	/** Runs one or more statements; `values` bind `$name` in a single one. */
	async execute(sql: string, values?: Record<string, DuckDBValue>): Promise<void> {
		await this.during(() => this.connection.run(sql, values));
	}

	/**
	 * Runs a statement whose joins build their hash table from the right side, as written. DuckDB would choose the side by
	 * its estimates, and it underestimates JSON files: it would hold those in memory.
	 */
	async executeAsJoined(sql: string): Promise<void> {
		await this.executeWith(`set disabled_optimizers = 'build_side_probe_side'`, sql, 'reset disabled_optimizers');
	}

	/** Runs a statement that keeps the order of the rows that it reads: those of a new table are then numbered so, from 0. */
	async executeInOrder(sql: string): Promise<void> {
		if (this.isInOrder) await this.execute(sql);
		else await this.executeWith('set preserve_insertion_order = true', sql, 'set preserve_insertion_order = false');
	}

	private async executeWith(setting: string, sql: string, undo: string): Promise<void> {
		await this.during(async () => {
			await this.connection.run(setting);
			try {
				await this.connection.run(sql);
			} finally {
				await this.connection.run(undo);
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

	/**
	 * Streams the rows of a query, with its columns; values are formatted as in `rows`. `values` bind the `$name` that occur.
	 * DuckDB splits some statements (a pivot is two): `accept` sees the type of each before it runs, and may throw. No other
	 * statement may run until the rows are read.
	 */
	async stream(
		sql: string,
		values: Record<string, DuckDBValue>,
		options: {
			readonly accept?: (type: StatementType, isLast: boolean) => void;
			/** Once it is aborted, no statement is run to find out why rows are missing. */
			readonly signal?: AbortSignal;
		} = {},
	): Promise<{ columns: { name: string; type: string }[]; rows: AsyncIterable<Json[][]> }> {
		const { count, last } = await this.during(() => this.prepareLast(sql, values, options.accept));
		try {
			const result = await this.during(() => last.stream());
			const types = result.columnTypes().map(String);
			const columns = result.columnNames().map((name, index) => ({ name, type: types[index] ?? '' }));
			const findCause = () => this.causeOfFailure(sql, values, { count, ...options });
			return { columns, rows: this.streamRows(result, findCause) };
		} finally {
			last.destroySync();
		}
	}

	/** Runs all statements of a text except the last one, which is prepared and bound to its values. */
	private async prepareLast(
		sql: string,
		values: Record<string, DuckDBValue>,
		accept: (type: StatementType, isLast: boolean) => void = () => undefined,
	): Promise<{ count: number; last: DuckDBPreparedStatement }> {
		const statements = await this.connection.extractStatements(sql);
		const { count } = statements;
		for (let index = 0; ; index++) {
			const prepared = await statements.prepare(index);
			try {
				accept(prepared.statementType, index === count - 1);
				for (let number = 1; number <= prepared.parameterCount; number++) {
					const value = values[prepared.parameterName(number)];
					if (value !== undefined) prepared.bindValue(number, value);
				}
				if (index === count - 1) return { count, last: prepared };
				await prepared.run();
			} catch (error) {
				prepared.destroySync();
				throw error;
			}
			prepared.destroySync();
		}
	}

	/** Why rows stopped coming. The stream API does not say, so the statement runs once more without its rows. */
	private async causeOfFailure(
		sql: string,
		values: Record<string, DuckDBValue>,
		{ count, signal }: { readonly count: number; readonly signal?: AbortSignal },
	): Promise<unknown> {
		signal?.throwIfAborted();
		try {
			// A split statement can't be explained.
			await this.during(async () => {
				const { last } = await this.prepareLast(count > 1 ? sql : `explain analyze\n${sql}`, values);
				await last.run().finally(() => last.destroySync());
			});
		} catch (error) {
			return count > 1 ? error : new Error(withoutFirstLine((error as Error).message));
		}
		return new Error('DuckDB aborted the rows of a query without an error');
	}

	/** The rows of a result. Only its end shows whether it has failed: then it has no type any more. */
	private async *streamRows(result: DuckDBResult, findCause: () => Promise<unknown>): AsyncGenerator<Json[][]> {
		const pieces = result.yieldRowsJson();
		for (;;) {
			const piece = await this.during(() => pieces.next());
			if (piece.done) break;
			yield piece.value;
		}
		if (result.returnType === ResultReturnType.INVALID) throw await findCause();
	}

	/** How many statements DuckDB splits a text into; a pivot is two. */
	async countStatements(sql: string): Promise<number> {
		return (await this.during(() => this.connection.extractStatements(sql))).count;
	}

	/**
	 * Restricts DuckDB for untrusted SQL: from now on it can only open files in these folders and its own spill files, loads
	 * no extension and no stored secret, and changes no setting. This can't be undone.
	 */
	async lock(folders: readonly string[]): Promise<void> {
		await this.execute(
			`set allowed_directories = [${literals(folders)}];
			set allow_persistent_secrets = false;
			set secret_directory = '';
			set autoload_known_extensions = false;
			set enable_external_access = false;
			set lock_configuration = true`,
		);
	}

	/** The tables that a query reads, as it spells them (unqualified). */
	tableNames(sql: string): readonly string[] {
		return this.connection.getTableNames(sql, false);
	}

	/** Makes the running statements of all connections fail, and accepts no more. */
	interrupt(): void {
		if (this.session.state === 'closed') return;
		this.session.state = 'interrupted';
		for (const connection of this.session.connections) connection.interrupt();
	}

	/**
	 * Interrupts the running statements, waits for them to fail, then closes all connections. Closing the connection of a running
	 * statement hangs or aborts the process. Resolves to false if a statement has not ended within `waitMs` milliseconds: the
	 * connections then stay open, and end with the process.
	 */
	async close(waitMs = closeMs): Promise<boolean> {
		const { session } = this;
		if (session.state === 'closed') return true;
		for (const deadline = Date.now() + waitMs; session.running.size > 0; ) {
			if (Date.now() >= deadline) return false;
			this.interrupt();
			await Promise.race([Promise.allSettled(session.running), sleep(interruptAgainMs)]);
		}
		session.state = 'closed';
		for (const connection of session.connections) connection.closeSync();
		session.connections.clear();
		session.instance.closeSync();
		return true;
	}

	/**
	 * Runs work that keeps the connection busy until its promise settles; `close` waits for it.
	 * @throws TerminatedError after `interrupt`
	 */
	private async during<T>(work: () => Promise<T>): Promise<T> {
		const { session } = this;
		if (session.state !== 'open') throw new TerminatedError('The task is stopping; no more statements are run.');
		const running = work();
		session.running.add(running);
		try {
			return await running;
		} finally {
			session.running.delete(running);
		}
	}
}

/** Opens a connection of a session. */
async function connect({ instance, connections }: Session): Promise<DuckDBConnection> {
	const connection = await instance.connect();
	connections.add(connection);
	await connection.run(`set timezone = 'UTC'`);
	return connection;
}

/** DuckDB's message about a statement with a line prepended, with the position as it is without that line. */
const withoutFirstLine = (message: string): string =>
	message.replace(/^LINE (\d+):(.*)\n( *)\^/m, (_, line: string, excerpt: string, indent: string) => {
		const before = String(Number(line) - 1);
		return `LINE ${before}:${excerpt}\n${indent.slice(line.length - before.length)}^`;
	});
