import { limitConcurrency } from '../concurrency';
import type { DuckDb } from './duckdb';

/** Does pieces of work side by side, each on a connection that no other uses meanwhile. */
export class ConnectionPool<R> {
	private readonly free: DuckDb[];
	private readonly gate: ReturnType<typeof limitConcurrency>;
	private readonly started: Promise<R>[] = [];
	private hasFailed = false;

	constructor(connections: readonly DuckDb[]) {
		this.free = [...connections];
		this.gate = limitConcurrency(connections.length);
	}

	/** Resolves when a connection is free and the work has begun. Throws as `finish` if work has failed before: no more is begun. */
	async start(work: (duckdb: DuckDb) => Promise<R>): Promise<void> {
		if (this.hasFailed) await this.finish();
		await new Promise<void>((begin) => {
			const running = this.run((duckdb) => {
				begin();
				return work(duckdb);
			});
			running.catch(() => {
				this.hasFailed = true;
			});
			this.started.push(running);
		});
	}

	/** Does work as soon as a connection is free, and waits for it. */
	run<T>(work: (duckdb: DuckDb) => Promise<T>): Promise<T> {
		return this.gate(async () => {
			const duckdb = this.free.pop() as DuckDb;
			try {
				return await work(duckdb);
			} finally {
				this.free.push(duckdb);
			}
		});
	}

	/**
	 * What all work started so far has given, in the order in which it was started. Throws the failure of the first one that
	 * has failed, once all have ended.
	 */
	async finish(): Promise<R[]> {
		await Promise.allSettled(this.started);
		return Promise.all(this.started);
	}
}

/**
 * Does work on so many connections side by side: `feed` starts it. Returns what all of it has given, as `finish` does. Where
 * `feed` fails, the work that it has started ends first, and a failure of that comes first.
 */
export const withConnectionPool = <R>(
	duckdb: DuckDb,
	connections: number,
	feed: (pool: ConnectionPool<R>) => Promise<void>,
): Promise<R[]> =>
	duckdb.withConnections(connections, async (all) => {
		const pool = new ConnectionPool<R>(all);
		try {
			await feed(pool);
		} catch (error) {
			await pool.finish();
			throw error;
		}
		return pool.finish();
	});
