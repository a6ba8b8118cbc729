import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Aws, createAws } from './aws/clients';
import type { DuckDb } from './engines/duckdb';
import { Lake, newAttempt, type ObjectStore, type Run } from './lake';
import { type Config, readConfig } from './shared/config';
import { ConfigurationError } from './shared/errors';
import { isPassing } from './shared/failure';
import { createLog, type Log } from './shared/log';
import { createProgress, type Progress } from './shared/progress';

/** Everything a task works with; made once a process, passed on to whatever needs a part of it. */
export interface TaskContext {
	readonly run: Run;
	readonly log: Log;
	readonly progress: Progress;
	readonly clock: () => Date;
	readonly aws: Aws;
	/** Throws ConfigurationError where the environment names no lake. */
	readonly config: Config;
	/** Aborted by SIGTERM and SIGINT. */
	readonly signal: AbortSignal;
	/** The lake of the configured bucket. */
	lake(): Promise<Lake>;
	/** Bytes moved to and from the lake's bucket so far. */
	traffic(): { readonly in: number; readonly out: number };
	/** Any other bucket that the task may read, as a source. */
	bucket(name: string): Promise<ObjectStore>;
	/** A folder for one piece of work; removed with everything in it when the task ends. */
	scratch(): Promise<string>;
	/** A DuckDB within the task's limits; closed when the task ends. */
	duckdb(): Promise<DuckDb>;
	/** Marks work that the process may not end in the middle of: a stopped task waits for it, though not for long. */
	hold<T>(work: Promise<T>): Promise<T>;
	/** The same context for a further step of the same process: a new attempt under the same run id. */
	step(task: string): TaskContext;
}

/** Node and what the SDK holds want room beside DuckDB. */
const memoryForNode = 400 * 1024 ** 2;
const duckdbShare = 0.75;
/** DuckDB's guide asks for 125 MB a thread at least; a sort takes its buffers for each thread, and can't spill them. */
const memoryOfThread = 120 * 1024 ** 2;

export function createContext(options: {
	task: string;
	runId?: string | undefined;
	verbose: boolean;
	signal: AbortSignal;
	env: NodeJS.ProcessEnv;
}): { context: TaskContext; held: () => Promise<unknown>; dispose: () => Promise<void> } {
	const { env, signal } = options;
	const runId = options.runId ?? randomUUID();
	const terminal = process.stderr.isTTY === true;
	const aws = createAws();
	const progress = createProgress(process.stderr);
	const disposals: (() => unknown)[] = [];
	const opened: DuckDb[] = [];
	const held = new Set<Promise<unknown>>();
	signal.addEventListener('abort', () => {
		for (const duckdb of opened) duckdb.interrupt();
	});
	const clock = () => new Date();
	let config: Config | undefined;
	let lake: Promise<Lake> | undefined;
	let traffic = { in: 0, out: 0 };

	const contextOf = (task: string): TaskContext => ({
		run: { task, runId, attempt: newAttempt(), startedAt: clock() },
		log: createLog({ task, runId, level: options.verbose ? 'debug' : 'info', terminal }),
		progress,
		clock,
		aws,
		signal,
		get config() {
			config ??= readConfig(env);
			return config;
		},
		lake() {
			// Inside of the function, so that a missing configuration rejects rather than throws.
			lake ??= (async () => {
				const store = await this.bucket(this.config.bucket);
				traffic = store.traffic;
				return new Lake(store, clock, signal);
			})();
			return lake;
		},
		traffic: () => traffic,
		async bucket(name) {
			const { S3Store } = await import('./aws/s3-store');
			return new S3Store(await aws.s3(), name);
		},
		async scratch() {
			const { scratch } = this.config;
			const folder = await mkdtemp(join(scratch, 'shoplake-')).catch((error: NodeJS.ErrnoException) => {
				// A full disk may be less full later.
				if (isPassing(error)) throw error;
				throw new ConfigurationError(
					`Nothing can be written to ${scratch} (${error.code}). Mount a volume or a tmpfs there that user ${process.getuid?.()} may write to, or name another folder by SHOPLAKE_SCRATCH.`,
				);
			});
			disposals.push(() => rm(folder, { recursive: true, force: true }));
			return folder;
		},
		async duckdb() {
			const { DuckDb } = await import('./engines/duckdb');
			const { memory, threads } = this.config;
			const memoryBytes = Math.max(memory * 0.25, (memory - memoryForNode) * duckdbShare);
			const duckdb = await DuckDb.open({
				memoryBytes,
				threads: Math.max(1, Math.min(threads, Math.floor(memoryBytes / memoryOfThread))),
				scratch: await this.scratch(),
			});
			opened.push(duckdb);
			disposals.push(() => duckdb.close());
			return duckdb;
		},
		hold(work) {
			const ended: Promise<unknown> = work.catch(() => undefined).then(() => held.delete(ended));
			held.add(ended);
			return work;
		},
		step: contextOf,
	});
	return {
		context: contextOf(options.task),
		held: () => Promise.all(held),
		dispose: async () => {
			for (const end of disposals.reverse()) await end();
		},
	};
}
