import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, TerminatedError } from './errors';
import { isPassing } from './failure';

const prefix = 'shoplake-scratch-';
/** A running process changes its folders so often. */
const heartbeatMs = 60 * 60_000;
/** A folder whose process can't be looked up from here is abandoned after so long without a heartbeat. */
const abandonedMs = 24 * 60 * 60_000;
/** What still runs may write into a folder while it is removed. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;

/** A process as the name of its scratch folders has it. */
interface Owner {
	/** Tells machines and, on one machine, namespaces of process ids apart. */
	readonly place: string;
	readonly pid: number;
	/** Tells processes apart that have the same id one after the other; empty where it can't be known. */
	readonly started: string;
}

/** The scratch folders of this process below one folder. */
export class ScratchFolders {
	private readonly folders = new Set<string>();
	private swept: Promise<void> | undefined;
	private heartbeat: NodeJS.Timeout | undefined;
	private ended = false;

	/** `below` is asked for when the first folder is made. */
	constructor(private readonly below: () => string) {}

	/**
	 * Makes a folder. The first call also removes the folders of processes that have been killed.
	 * @throws ConfigurationError where nothing can be written, TerminatedError after `remove`
	 */
	async make(): Promise<string> {
		const below = this.below();
		const { place, pid, started } = self();
		const path = join(below, `${prefix}${place}.${pid}.${started}-`);
		const folder = await mkdtemp(path).catch((error: NodeJS.ErrnoException) => {
			// A full disk may be less full later.
			if (isPassing(error)) throw error;
			throw new ConfigurationError(
				`Nothing can be written to ${below} (${error.code}). Mount a volume or a tmpfs there that user ${process.getuid?.()} may write to, or name another folder by SHOPLAKE_SCRATCH.`,
			);
		});
		this.folders.add(folder);
		if (this.ended) await this.remove();
		if (this.ended) throw new TerminatedError('The task is stopping; its scratch folders are gone.');
		this.heartbeat ??= setInterval(() => this.beat(), heartbeatMs).unref();
		this.swept ??= removeAbandoned(below, folder);
		await this.swept;
		return folder;
	}

	/** Removes all of them, and makes no more. */
	async remove(): Promise<void> {
		this.ended = true;
		clearInterval(this.heartbeat);
		for (const folder of this.folders) await rm(folder, removal);
	}

	/** Removes what is there at the very end of the process, when nothing can be awaited any more. */
	removeNow(): void {
		for (const folder of this.folders) {
			try {
				rmSync(folder, removal);
			} catch {
				// The next task removes it.
			}
		}
	}

	/** Changes the folders' time as their own file system has it: two machines may share one and not their clocks. */
	private beat(): void {
		for (const folder of this.folders) {
			const path = join(folder, '.heartbeat');
			void mkdir(path)
				.then(() => rmdir(path))
				.catch(() => undefined);
		}
	}
}

/**
 * Removes scratch folders of this user whose process has ended. Where the process can't be looked up, because it runs
 * in another container or on another machine, the folder stays for a day after its last heartbeat. `fresh` is a folder
 * that was made there just now.
 */
async function removeAbandoned(below: string, fresh: string): Promise<void> {
	const { mtimeMs: now, uid } = await lstat(fresh);
	const names = (await readdir(below).catch(() => [])).filter((name) => name.startsWith(prefix));
	for (const name of names) {
		const folder = join(below, name);
		const found = await lstat(folder).catch(() => undefined);
		if (!found?.isDirectory() || found.uid !== uid) continue;
		if (isAbandoned(name, now - found.mtimeMs)) await rm(folder, removal).catch(() => undefined);
	}
}

function isAbandoned(name: string, sinceHeartbeatMs: number): boolean {
	const [, place, pid, started] = /^([0-9a-f]+)\.(\d+)\.(\d*)-/.exec(name.slice(prefix.length)) ?? [];
	if (pid === undefined) return false;
	if (place !== self().place) return sinceHeartbeatMs > abandonedMs;
	const now = processStart(Number(pid));
	if (now === undefined) return true;
	return now !== '' && started !== '' && now !== started;
}

/** When a process started, in any unit; empty where it runs and that can't be known, undefined where it does not run. */
function processStart(pid: number): string | undefined {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
	}
	try {
		// The name of the program, in parentheses, may hold anything; the start is the 20th field after it.
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
			.replace(/^.*\) /s, '')
			.split(' ');
		return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
	} catch {
		return '';
	}
}

let known: Owner | undefined;

/** This process. */
function self(): Owner {
	known ??= { place: ownPlace(), pid: process.pid, started: processStart(process.pid) ?? '' };
	return known;
}

function ownPlace(): string {
	const parts = [hostname()];
	if (process.platform === 'linux') {
		try {
			parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'));
		} catch {
			// It can't be told who shares the process ids: nobody does.
			parts.push(randomUUID());
		}
	}
	return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}
