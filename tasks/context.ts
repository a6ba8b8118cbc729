import { randomUUID } from 'node:crypto';
import type { DuckDbEngine } from './engine';
import { Lake, newAttempt, type ObjectStore, type Run } from './lake';
import { type Aws, createAws } from './platform/aws/clients';
import { type Config, readConfig, readLimits, readTimeZone } from './platform/config';
import type { DuckDb } from './platform/duckdb/duckdb';
import { InternalError, TerminatedError } from './platform/errors';
import { createLog, type Log } from './platform/log';
import { createProgress, type Progress } from './platform/progress';
import { findProject } from './platform/project-folder';
import { ScratchFolders } from './platform/scratch';
import type { Project } from './project';
import { noProject } from './project/project';

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
	/** The project that the process works for: the user's own tables and settings. Throws ConfigurationError where it has a mistake. */
	project(): Promise<Project>;
	/** The zone of the shop's days. Throws ConfigurationError where it is not the name of one. */
	timeZone(): Promise<string>;
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
	/**
	 * Runs SQL over the lake's tables. All steps of a process share its DuckDB and its scratch folder: a later step reads
	 * there what an earlier one wrote.
	 */
	engine(): Promise<DuckDbEngine>;
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

/** A context and what it holds. */
export interface TaskResources {
	readonly context: TaskContext;
	/** Resolves when everything that is held has ended. */
	readonly held: () => Promise<unknown>;
	/**
	 * Closes every DuckDB and removes the scratch folders.
	 * @throws InternalError where a statement does not end: its scratch folder is left behind
	 */
	readonly dispose: () => Promise<void>;
	/** Removes at the very end of the process what a task that was stopped has made in the meantime. */
	readonly removeScratch: () => void;
}

interface ContextOptions {
	readonly task: string;
	readonly runId?: string | undefined;
	readonly verbose: boolean;
	readonly signal: AbortSignal;
	readonly env: NodeJS.ProcessEnv;
	/** The project; by default the one that the working folder or SHOPLAKE_PROJECT names. */
	readonly project?: Project;
	/** Opens a bucket by its name; S3 by default. */
	readonly openStore?: (bucket: string) => ObjectStore;
	/** The machine's clock by default. */
	readonly clock?: () => Date;
	/** Standard error by default. */
	readonly log?: Log;
}

export function createContext(options: ContextOptions): TaskResources {
	const { env, signal } = options;
	const runId = options.runId ?? randomUUID();
	const terminal = process.stderr.isTTY === true;
	const aws = createAws();
	const progress = createProgress(process.stderr);
	const opened: DuckDb[] = [];
	const held = new Set<Promise<unknown>>();
	signal.addEventListener('abort', () => {
		for (const duckdb of opened) duckdb.interrupt();
	});
	const clock = options.clock ?? (() => new Date());
	let config: Config | undefined;
	let project: Promise<Project> | undefined;
	let lake: Promise<Lake> | undefined;
	let engine: Promise<DuckDbEngine> | undefined;
	let traffic = { in: 0, out: 0 };
	let disposed = false;
	const configured = () => {
		config ??= readConfig(env);
		return config;
	};
	const scratch = new ScratchFolders(() => readLimits(env).scratch);

	const taskContext = (task: string): TaskContext => ({
		run: { task, runId, attempt: newAttempt(), startedAt: clock() },
		log: options.log ?? createLog({ task, runId, level: options.verbose ? 'debug' : 'info', terminal }),
		progress,
		clock,
		aws,
		signal,
		get config() {
			return configured();
		},
		project() {
			project ??= openProject(options);
			return project;
		},
		async timeZone() {
			return readTimeZone(env, (await this.project()).config.timeZone);
		},
		lake() {
			// Inside of the function, so that a missing configuration rejects rather than throws.
			lake ??= (async () => {
				const store = await this.bucket(this.config.bucket);
				traffic = store.traffic;
				const { contracts } = await this.project();
				return new Lake(store, clock, signal, contracts, await this.timeZone());
			})();
			return lake;
		},
		traffic: () => traffic,
		async bucket(name) {
			if (options.openStore) return options.openStore(name);
			const { S3Store } = await import('./lake/s3-store');
			return new S3Store(await aws.s3(), name);
		},
		scratch: () => scratch.make(),
		async duckdb() {
			const { DuckDb } = await import('./platform/duckdb/duckdb');
			const { memory, threads } = readLimits(env);
			const memoryBytes = Math.max(memory * 0.25, (memory - memoryForNode) * duckdbShare);
			const duckdb = await DuckDb.open({
				memoryBytes,
				threads: Math.max(1, Math.min(threads, Math.floor(memoryBytes / memoryOfThread))),
				scratch: await this.scratch(),
				timeZone: await this.timeZone(),
			});
			opened.push(duckdb);
			if (!signal.aborted) return duckdb;
			// The signal has come while it was opened.
			if (disposed) await duckdb.close();
			throw new TerminatedError('Stopped by a signal; no DuckDB is opened any more.');
		},
		async engine() {
			engine ??= (async () => {
				const { DuckDbEngine } = await import('./engine');
				return new DuckDbEngine((await this.lake()).store, await this.duckdb(), await this.scratch());
			})();
			return engine;
		},
		hold(work) {
			const ended: Promise<unknown> = work.catch(() => undefined).then(() => held.delete(ended));
			held.add(ended);
			return work;
		},
		step: taskContext,
	});
	return {
		context: taskContext(options.task),
		held: () => Promise.all(held),
		dispose: async () => {
			disposed = true;
			const closed = await Promise.all(opened.map((duckdb) => duckdb.close()));
			if (closed.includes(false)) throw new InternalError('A statement of DuckDB does not end.');
			await scratch.remove();
		},
		removeScratch: () => scratch.removeNow(),
	};
}

async function openProject({ project, env }: ContextOptions): Promise<Project> {
	if (project) return project;
	const folder = findProject(env);
	// Only a project has something to load.
	return folder === undefined ? noProject : (await import('./project')).loadProject(folder);
}
